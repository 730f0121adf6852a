package dev.caisson.daemon.egress;

import dev.caisson.daemon.channel.AgentChannel;
import dev.caisson.daemon.channel.AgentConnection;
import dev.caisson.daemon.channel.FrameKind;
import dev.caisson.daemon.channel.IdleListener;
import dev.caisson.daemon.channel.Message;
import dev.caisson.daemon.channel.ProgramEnd;
import dev.caisson.daemon.channel.RunFrame;
import dev.caisson.daemon.channel.ScriptedAgent;
import dev.caisson.daemon.error.SandboxException;
import dev.caisson.daemon.model.Deadline;
import dev.caisson.daemon.model.Identity;
import dev.caisson.daemon.model.RunId;
import dev.caisson.daemon.model.RunOutcome;
import dev.caisson.daemon.model.SharedPace;
import dev.caisson.daemon.model.Ticker;
import dev.caisson.daemon.policy.NetworkPolicy;
import java.io.ByteArrayOutputStream;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;

/** A run whose sandbox is written by the test and whose gate is the real one. For one thread. */
final class GatedAgent implements AutoCloseable {

  /** What names stand for; what is not in here does not exist. */
  static final Map<String, List<String>> NAMES =
      Map.ofEntries(
          Map.entry("good.test", List.of("127.0.0.1")),
          Map.entry("mixed.test", List.of("127.0.0.1", "10.0.0.1")),
          Map.entry("private.test", List.of("10.0.0.1")),
          Map.entry("loopback.test", List.of("127.0.0.2")),
          Map.entry("six.test", List.of("::1")),
          Map.entry("metadata.test", List.of("169.254.169.254")));

  /** Looked up for as long as the test goes on, whoever is interrupted. */
  static final String SLOW = "slow.test";

  /** More than any test waits: what ends sooner was ended. */
  private static final Duration PATIENCE = Duration.ofMinutes(5);

  final AtomicReference<NetworkPolicy> policy;
  final List<String> lookups = new CopyOnWriteArrayList<>();
  final List<RunOutcome> stopped = new CopyOnWriteArrayList<>();
  final AtomicReference<Optional<SandboxException>> lost = new AtomicReference<>(Optional.empty());
  final ScriptedAgent agent = ScriptedAgent.ready();
  final RunGate gate;
  private final Dialer dialer;
  private final Gate gates;
  private final AgentChannel channel;
  private final Map<Long, ByteArrayOutputStream> heard = new HashMap<>();
  private final Set<Long> ended = new HashSet<>();
  private final Set<Long> cut = new HashSet<>();
  private final Set<Long> sentEnd = new HashSet<>();
  private final Semaphore over = new Semaphore(0);
  private long opened;

  /** How many runs go on; with others, a connection is served and the next ones are held. */
  volatile int runs = 1;

  /** How often somebody asked for that. */
  final AtomicInteger runsAsked = new AtomicInteger();

  private int runs() {
    runsAsked.incrementAndGet();
    return runs;
  }

  GatedAgent(NetworkPolicy first) throws InterruptedException {
    policy = new AtomicReference<>(first);
    dialer = new Dialer(this::resolve, addresses(), PATIENCE);
    gates = new Gate(dialer, Ticker.SYSTEM);
    gate =
        gates.open(
            new GateUser(new RunId("run-1"), Identity.LOCAL, "web"),
            first,
            policy::get,
            new SharedPace(100, this::runs, () -> 0),
            stopped::add);
    channel = AgentChannel.greet(agent, Deadline.after(Duration.ofSeconds(10)));
    channel.start(
        new RunFrame(
            "",
            "main.py",
            List.of(),
            Map.of(),
            false,
            List.of(),
            65_536,
            4,
            1_000,
            new RunFrame.RefusedCode(List.of(), List.of(), List.of()),
            true,
            false),
        run -> new Listener());
    agent.awaits(FrameKind.RUN);
  }

  /** Opens a connection by one of the entrances and gives its number. */
  long open(String entrance) {
    return open(entrance, 40_000);
  }

  long open(String entrance, int source) {
    opened++;
    agent.says(
        FrameKind.NET_OPEN,
        opened,
        "{\"entrance\":\"%s\",\"source\":%d}".formatted(entrance, source));
    return opened;
  }

  long open(String entrance, String text) {
    long number = open(entrance);
    send(number, text);
    return number;
  }

  void send(long number, String text) {
    send(number, text.getBytes(StandardCharsets.ISO_8859_1));
  }

  void send(long number, byte[] bytes) {
    agent.says(FrameKind.NET_SEND, number, bytes);
  }

  void sendEnd(long number) {
    if (!sentEnd.add(number)) {
      return;
    }
    agent.says(FrameKind.NET_SEND_END, number, new byte[0]);
  }

  /** The sandbox has no more to do with it. */
  void close(long number) {
    agent.says(FrameKind.NET_CLOSED, number, new byte[0]);
  }

  /** All that the code would read of this connection until its end. */
  String all(long number) throws InterruptedException {
    while (!ended.contains(number) && !cut.contains(number)) {
      hear();
    }
    if (ended.contains(number) && !cut.contains(number)) {
      sendEnd(number);
    }
    return text(number);
  }

  /** What the code would read of this connection, once it holds this. */
  String until(long number, String text) throws InterruptedException {
    while (!text(number).contains(text)) {
      if (ended.contains(number) || cut.contains(number)) {
        throw new AssertionError("the connection ended with: " + text(number));
      }
      hear();
    }
    return text(number);
  }

  void awaitCut(long number) throws InterruptedException {
    while (!cut.contains(number)) {
      hear();
    }
  }

  /** Whether the code was told that nothing more comes. */
  boolean ended(long number) {
    return ended.contains(number);
  }

  byte[] bytes(long number) {
    ByteArrayOutputStream bytes = heard.get(number);
    return bytes == null ? new byte[0] : bytes.toByteArray();
  }

  /** One question of the shim and its answer. */
  String ask(String question) throws InterruptedException {
    long number = open("ask", question + "\n");
    String answer = all(number);
    close(number);
    return answer;
  }

  private String text(long number) {
    return new String(bytes(number), StandardCharsets.ISO_8859_1);
  }

  private void hear() throws InterruptedException {
    Message message = agent.next();
    switch (message.kind()) {
      case NET_RECEIVE -> {
        byte[] data = message.payload();
        heard.computeIfAbsent(message.stream(), n -> new ByteArrayOutputStream()).writeBytes(data);
        byte[] credit = ByteBuffer.allocate(4).putInt(data.length).array();
        agent.says(FrameKind.NET_AGENT_CREDIT, message.stream(), credit);
      }
      case NET_RECEIVE_END -> ended.add(message.stream());
      case NET_CUT -> cut.add(message.stream());
      default -> {}
    }
  }

  private List<InetAddress> resolve(String host) throws UnknownHostException {
    lookups.add(host);
    if (host.equals(SLOW)) {
      over.acquireUninterruptibly();
    }
    List<InetAddress> found = new ArrayList<>();
    for (String address : NAMES.getOrDefault(host, List.of())) {
      found.add(InetAddress.ofLiteral(address));
    }
    if (found.isEmpty()) {
      throw new UnknownHostException(host);
    }
    return found;
  }

  private static AddressRules addresses() {
    return AddressRules.exempting(Set.of(InetAddress.ofLiteral("127.0.0.1")));
  }

  @Override
  public void close() {
    over.release(1_000);
    channel.close();
    gate.close();
    gates.close();
  }

  private final class Listener extends IdleListener {
    @Override
    public void connected(AgentConnection connection) {
      gate.connected(connection);
    }

    @Override
    public void settled(ProgramEnd end) {
      gate.close();
    }

    @Override
    public void lost(SandboxException why) {
      lost.set(Optional.of(why));
    }
  }
}
