package dev.caisson.daemon.api;

import dev.caisson.daemon.error.SandboxException;
import dev.caisson.daemon.policy.PolicySource;
import dev.caisson.daemon.tools.PythonCatalogue;
import dev.caisson.daemon.tools.Rendering;
import dev.caisson.daemon.tools.ToolSearch;
import dev.caisson.v1.RenderToolApiRequest;
import dev.caisson.v1.RenderToolApiResponse;
import dev.caisson.v1.SearchToolsRequest;
import dev.caisson.v1.SearchToolsResponse;
import dev.caisson.v1.ToolCatalogue;
import dev.caisson.v1.ToolMatch;
import dev.caisson.v1.ToolServiceGrpc;
import io.grpc.stub.StreamObserver;
import java.util.function.Supplier;

/** ToolService: questions about a catalogue that comes with the request. */
public final class ToolEndpoint extends ToolServiceGrpc.ToolServiceImplBase {

  private final PolicySource policies;

  /**
   * @param policies say which tools a run would not be shown
   */
  public ToolEndpoint(PolicySource policies) {
    this.policies = policies;
  }

  @Override
  public void renderToolApi(
      RenderToolApiRequest request, StreamObserver<RenderToolApiResponse> responses) {
    answer(responses, () -> render(request));
  }

  @Override
  public void searchTools(
      SearchToolsRequest request, StreamObserver<SearchToolsResponse> responses) {
    answer(responses, () -> search(request));
  }

  private RenderToolApiResponse render(RenderToolApiRequest request) {
    PythonCatalogue catalogue = catalogue(request.getTools(), request.getPolicy());
    PythonCatalogue.Style style =
        switch (request.getStyle()) {
          case SIGNATURES -> PythonCatalogue.Style.SIGNATURES;
          case STUB -> PythonCatalogue.Style.STUB;
          case REFERENCE -> PythonCatalogue.Style.REFERENCE;
          case SOURCE, STYLE_UNSPECIFIED, UNRECOGNIZED -> PythonCatalogue.Style.SOURCE;
        };
    String server = request.getServer();
    String tool = request.getTool();
    if (server.isEmpty() && !tool.isEmpty()) {
      throw RunRequests.invalid(
          "tool", "is '" + tool + "' and server is empty", "name the server that has the tool");
    }
    Rendering rendering;
    if (server.isEmpty()) {
      rendering = catalogue.render(style);
    } else {
      rendering =
          tool.isEmpty() ? catalogue.render(server, style) : catalogue.render(server, tool, style);
    }
    return RenderToolApiResponse.newBuilder()
        .setSource(rendering.text())
        .setModule(rendering.module())
        .build();
  }

  private SearchToolsResponse search(SearchToolsRequest request) {
    if (request.getLimit() < 0 || request.getLimit() > 100) {
      throw RunRequests.invalid(
          "limit", "is " + Integer.toUnsignedString(request.getLimit()), "allowed is 0 to 100");
    }
    ToolSearch.Result result =
        catalogue(request.getTools(), request.getPolicy())
            .search(request.getQuery(), request.getLimit());
    SearchToolsResponse.Builder response =
        SearchToolsResponse.newBuilder().setTotal(result.total());
    for (ToolSearch.Match match : result.matches()) {
      response.addMatches(
          ToolMatch.newBuilder()
              .setServer(match.server())
              .setTool(match.tool())
              .setPythonName(match.pythonName())
              .setSignature(match.signature())
              .setSummary(match.summary()));
    }
    return response.build();
  }

  private PythonCatalogue catalogue(ToolCatalogue tools, String policy) {
    return PythonCatalogue.of(Catalogues.fromProto(tools), policies.find(policy).grants()::lists);
  }

  static <T> void answer(StreamObserver<T> responses, Supplier<T> response) {
    T value;
    try {
      value = response.get();
    } catch (SandboxException e) {
      responses.onError(GrpcErrors.of(e));
      return;
    }
    responses.onNext(value);
    responses.onCompleted();
  }
}
