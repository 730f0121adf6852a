package dev.caisson.daemon.api;

import dev.caisson.daemon.error.ErrorCode;
import dev.caisson.daemon.error.SandboxException;
import dev.caisson.daemon.policy.PolicyQuestion;
import dev.caisson.daemon.policy.Verdict;
import dev.caisson.v1.ExplainDecisionRequest;
import dev.caisson.v1.ExplainDecisionResponse;
import dev.caisson.v1.ListPoliciesRequest;
import dev.caisson.v1.ListPoliciesResponse;
import dev.caisson.v1.PolicyServiceGrpc;
import dev.caisson.v1.PolicyServiceGrpc.PolicyServiceBlockingStub;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.shaded.io.netty.channel.EventLoopGroup;
import io.grpc.netty.shaded.io.netty.channel.MultiThreadIoEventLoopGroup;
import io.grpc.netty.shaded.io.netty.channel.epoll.EpollDomainSocketChannel;
import io.grpc.netty.shaded.io.netty.channel.epoll.EpollIoHandler;
import io.grpc.netty.shaded.io.netty.channel.unix.DomainSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * Asks a daemon that is running what its policies decide: the other end of {@link PolicyEndpoint},
 * for the command line. Blocks; for one question and one thread.
 */
public final class PolicyInquiry {

  private static final long PATIENCE_SECONDS = 10;

  private PolicyInquiry() {}

  /**
   * What a daemon answered.
   *
   * @param text for people, several lines
   * @param generation of the policies in force
   * @param refusal why the files as they are now are not in force; empty when they are
   */
  public record Answer(Verdict verdict, String text, long generation, String refusal) {}

  /**
   * The answer of the daemon at that socket, or nothing when none is there.
   *
   * @throws SandboxException when it is there and cannot answer: NOT_FOUND for an unknown policy,
   *     INVALID_REQUEST for a question that is none
   */
  public static Optional<Answer> ask(Path socket, String policy, PolicyQuestion question) {
    if (!Files.exists(socket)) {
      return Optional.empty();
    }
    EventLoopGroup loop = new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
    ManagedChannel channel =
        NettyChannelBuilder.forAddress(
                new DomainSocketAddress(socket.toFile()), InsecureChannelCredentials.create())
            .eventLoopGroup(loop)
            .channelType(EpollDomainSocketChannel.class)
            .overrideAuthority("localhost")
            .directExecutor()
            .disableRetry()
            .build();
    try {
      return Optional.of(
          ask(PolicyServiceGrpc.newBlockingStub(channel), request(policy, question)));
    } catch (StatusRuntimeException e) {
      if (e.getStatus().getCode() == Status.Code.UNAVAILABLE) {
        return Optional.empty();
      }
      throw failure(socket, e);
    } finally {
      channel.shutdownNow();
      loop.shutdownGracefully(0, 1, TimeUnit.SECONDS);
    }
  }

  private static Answer ask(PolicyServiceBlockingStub daemon, ExplainDecisionRequest request) {
    PolicyServiceBlockingStub inTime = daemon.withDeadlineAfter(PATIENCE_SECONDS, TimeUnit.SECONDS);
    ExplainDecisionResponse decision = inTime.explainDecision(request);
    ListPoliciesResponse inForce = inTime.listPolicies(ListPoliciesRequest.getDefaultInstance());
    Verdict verdict =
        switch (decision.getVerdict()) {
          case ALLOWED -> Verdict.ALLOWED;
          case ASK -> Verdict.ASK;
          // What a newer daemon may say is not taken for a yes.
          case DENIED, VERDICT_UNSPECIFIED, UNRECOGNIZED -> Verdict.DENIED;
        };
    return new Answer(verdict, decision.getText(), inForce.getGeneration(), inForce.getRefusal());
  }

  private static ExplainDecisionRequest request(String policy, PolicyQuestion question) {
    ExplainDecisionRequest.Builder request = ExplainDecisionRequest.newBuilder().setPolicy(policy);
    switch (question) {
      case PolicyQuestion.Connect(String host, int port) ->
          request.setConnect(
              ExplainDecisionRequest.Connect.newBuilder().setHost(host).setPort(port));
      case PolicyQuestion.Http(String method, String host, int port) ->
          request.setHttp(
              ExplainDecisionRequest.HttpRequest.newBuilder()
                  .setMethod(method)
                  .setHost(host)
                  .setPort(port));
      case PolicyQuestion.Tool(String server, String tool) ->
          request.setTool(
              ExplainDecisionRequest.ToolName.newBuilder().setServer(server).setTool(tool));
      case PolicyQuestion.Import(String module) -> request.setImport(module);
      case PolicyQuestion.Builtin(String name) -> request.setBuiltin(name);
      case PolicyQuestion.Attribute(String dotted) -> request.setAttribute(dotted);
    }
    return request.build();
  }

  private static SandboxException failure(Path socket, StatusRuntimeException e) {
    String said = String.valueOf(e.getStatus().getDescription());
    return switch (e.getStatus().getCode()) {
      case NOT_FOUND -> new SandboxException(ErrorCode.NOT_FOUND, said, e);
      case INVALID_ARGUMENT -> new SandboxException(ErrorCode.INVALID_REQUEST, said, e);
      default ->
          new SandboxException(
              ErrorCode.INTERNAL,
              "the daemon at %s did not answer: %s".formatted(socket, e.getStatus()),
              e);
    };
  }
}
