package dev.caisson.client.command;

import static org.assertj.core.api.Assertions.assertThat;

import dev.caisson.client.ApprovalAnswer;
import dev.caisson.client.ApprovalRequest;
import dev.caisson.client.RunOptions;
import dev.caisson.client.ScriptedDaemon;
import dev.caisson.client.ToolAnswer;
import dev.caisson.client.ToolCall;
import dev.caisson.v1.RenderToolApiRequest;
import dev.caisson.v1.RenderToolApiResponse;
import dev.caisson.v1.ToolCatalogue;
import dev.caisson.v1.ToolServer;
import dev.caisson.v1.ToolServiceGrpc;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ApiCommandTest {

  @TempDir Path folder;

  private ScriptedDaemon daemon;
  private Path catalogue;

  @BeforeEach
  void begin() throws Exception {
    daemon = new ScriptedDaemon(folder, new EchoingTools());
    catalogue =
        Files.writeString(
            folder.resolve("tools.json"),
            """
            {"servers": [
              {"name": "weather", "tools": [
                {"name": "get", "inputSchema": {"type": "object"},
                 "annotations": {"readOnlyHint": true, "idempotentHint": false}}]},
              {"name": "my.files", "tools": []}]}
            """);
  }

  @AfterEach
  void end() {
    daemon.close();
  }

  private CommandRun api(int status, String... arguments) {
    CommandRun command = new CommandRun(daemon.socket()).withToolServers(_ -> new OneServer());
    String[] all = new String[arguments.length + 1];
    all[0] = "api";
    System.arraycopy(arguments, 0, all, 1, arguments.length);
    assertThat(command.execute(all)).as(command::err).isEqualTo(status);
    return command;
  }

  @Test
  void aCatalogueIsPrintedAsTheDaemonRendersIt() {
    assertThat(api(0, "--catalogue", catalogue.toString()).out())
        .isEqualTo(
            "# Made by Caisson test: SOURCE of '' '' for '' of 2 with {\"type\":\"object\"} true false\n");
    assertThat(
            api(0, "--catalogue", catalogue.toString(), "--style", "reference", "--policy", "web")
                .out())
        .startsWith("# Made by Caisson test: REFERENCE of '' '' for 'web' of 2");
  }

  @Test
  void namesAreServersOrTheirTools() {
    String file = catalogue.toString();
    assertThat(
            api(0, "weather", "weather.get", "my.files", "my.files.read", "--catalogue", file)
                .out())
        .contains("of 'weather' ''", "of 'weather' 'get'", "of 'my.files' ''")
        .contains("of 'my.files' 'read'");
    assertThat(api(0, "wether.get.all", "--catalogue", file).out())
        .contains("of 'wether' 'get.all'");
  }

  @Test
  void theToolsOfServersAreAskedOfThem() {
    CommandRun command = api(0, "--servers", "mcp.json");

    assertThat(command.out()).contains("of '' '' for '' of 2 ");
    assertThat(command.err()).isEqualTo("caisson: broken cannot be used now: it is\\u001b off\n");
  }

  @Test
  void oneModuleIsSavedToAFileAndAStubBesideIt() throws IOException {
    Path file = folder.resolve("weather.py");

    CommandRun command =
        api(0, "weather", "--catalogue", catalogue.toString(), "--save", file.toString());
    api(0, "weather", "--catalogue", catalogue.toString(), "--save", file + "i");
    // Its own file is replaced.
    api(0, "weather.get", "--catalogue", catalogue.toString(), "--save", file.toString());

    assertThat(command.err()).isEqualTo("caisson: saved " + file + "\n");
    assertThat(file).content().contains("SOURCE of 'weather' 'get'");
    assertThat(folder.resolve("weather.pyi")).content().contains("STUB of 'weather' ''");
  }

  @Test
  void aFolderGetsAModuleOfEachServerThatCanBeUsed() {
    Path place = folder.resolve("a/lib");

    api(0, "--catalogue", catalogue.toString(), "--save", place.toString());

    assertThat(place.resolve("module_of_weather.py")).exists();
    assertThat(place.resolve("module_of_my.files.py")).exists();

    api(0, "--servers", "mcp.json", "--style", "stub", "--save", folder.resolve("b").toString());
    assertThat(folder.resolve("b")).isDirectoryContaining("glob:**/module_of_time.pyi");
    assertThat(folder.resolve("b/module_of_broken.pyi")).doesNotExist();
  }

  @Test
  void whatMakesNoSenseIsSaidAndNothingIsWritten() throws IOException {
    String file = catalogue.toString();
    Path own = Files.writeString(folder.resolve("own.py"), "print('mine')\n");

    assertThat(api(2).err()).contains("no tools are named", "--servers mcp.json");
    assertThat(api(2, "--servers", "a", "--catalogue", file).err()).contains("exclude each other");
    assertThat(api(2, "--catalogue", file, "--save", own.toString()).err())
        .contains("own.py is there and was not made by caisson api");
    assertThat(api(2, "--catalogue", file, "--style", "stub", "--save", own.toString()).err())
        .contains("what is to be saved is a .pyi file");
    assertThat(api(2, "--catalogue", file, "--style", "signatures", "--save", "x").err())
        .contains("--save saves modules, and --style signatures is none");
    assertThat(api(2, "weather", "my.files", "--catalogue", file, "--save", "x.py").err())
        .contains("--save names one file for 2 modules");
    assertThat(api(2, "weather", "weather.get", "--catalogue", file, "--save", "x").err())
        .contains("one server is named twice");
    assertThat(own).hasContent("print('mine')\n");
  }

  private static final class EchoingTools extends ToolServiceGrpc.ToolServiceImplBase {
    @Override
    public void renderToolApi(
        RenderToolApiRequest request, StreamObserver<RenderToolApiResponse> responses) {
      var tools = request.getTools();
      var tool = tools.getServers(0).getToolsCount() == 0 ? null : tools.getServers(0).getTools(0);
      responses.onNext(
          RenderToolApiResponse.newBuilder()
              .setSource(
                  "# Made by Caisson test: %s of '%s' '%s' for '%s' of %d with %s\n"
                      .formatted(
                          request.getStyle(),
                          request.getServer(),
                          request.getTool(),
                          request.getPolicy(),
                          tools.getServersCount(),
                          tool == null
                              ? "nothing"
                              : tool.getInputSchemaJson().toStringUtf8()
                                  + " "
                                  + tool.getHints().getReadOnly()
                                  + " "
                                  + tool.getHints().getIdempotent()))
              .setModule("module_of_" + request.getServer())
              .build());
      responses.onCompleted();
    }
  }

  /** Two servers, one of which cannot be used. */
  private static final class OneServer implements RunTools {
    @Override
    public RunOptions addTo(RunOptions options) {
      return options.tools(catalogue());
    }

    @Override
    public ToolCatalogue catalogue() {
      return ToolCatalogue.newBuilder()
          .addServers(ToolServer.newBuilder().setName("time"))
          .addServers(ToolServer.newBuilder().setName("broken").setUnavailable("it is\u001b off"))
          .build();
    }

    @Override
    public ToolAnswer call(ToolCall call) {
      throw new IllegalStateException("nothing is called");
    }

    @Override
    public ApprovalAnswer approve(ApprovalRequest request) {
      throw new IllegalStateException("nothing is called");
    }

    @Override
    public void close() {}
  }
}
