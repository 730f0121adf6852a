package dev.caisson.client.command;

import dev.caisson.client.CaissonClient;
import dev.caisson.client.RunListener;
import dev.caisson.client.RunOptions;
import java.util.List;
import tools.jackson.databind.JsonNode;

/**
 * How long the network gate takes to say no, by the clock of the code that is denied.
 *
 * @param samples one for each denial
 * @param answers how many attempts there were, and what the last was answered
 */
record Denials(Samples samples, int attempts, String answer) {

  /** What is denied, and how it is asked for. */
  static final List<String> KINDS =
      List.of(
          "CONNECT, other host",
          "CONNECT, port",
          "CONNECT, address",
          "HTTP, other host",
          "HTTP, port",
          "HTTP, address",
          "HTTP, protocol",
          "SOCKS5, other host",
          "SOCKS5, port",
          "SOCKS5, address",
          "SOCKS5, protocol",
          "shim, lookup",
          "shim, other host",
          "shim, port",
          "shim, address",
          "shim, protocol");

  /**
   * Gives the times of the attempts that were denied, in the way that is right for their kind. An
   * error that is none of these is not counted as a denial.
   */
  private static final String PROGRAM =
      """
      import itertools, socket, sys, time
      kind, host, port, count = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
      way, what = kind.split(", ")
      ADDRESSES = itertools.cycle(["10.0.0.1", "169.254.169.254", "192.0.2.1"])
      SPELLED = itertools.cycle(["10.0.0.1", "2130706433", "[::ffff:10.0.0.1]"])
      LONGEST = 5

      def dialogue(entrance, *says):
          with socket.create_connection(("127.0.0.1", entrance), LONGEST) as gate:
              for say in says:
                  gate.sendall(say)
                  heard = gate.recv(4096)
          return heard

      def http(request):
          line = dialogue(18080, request.encode()).split(b"\\r\\n")[0].decode()
          return line.split(" ")[1] in ("400", "403"), line

      def connect(where):
          return http(f"CONNECT {where} HTTP/1.1\\r\\nHost: {where}\\r\\n\\r\\n")

      def get(where, scheme="http"):
          return http(f"GET {scheme}://{where}/ HTTP/1.1\\r\\nHost: {where}\\r\\n\\r\\n")

      def socks(address, port, command=1):
          ask = bytes([5, command, 0]) + address + port.to_bytes(2, "big")
          reply = dialogue(18081, b"\\x05\\x01\\x00", ask)
          return reply[:1] == b"\\x05" and reply[1] in (2, 7), f"reply {reply[1]}"

      def name(text):
          return bytes([3, len(text)]) + text.encode()

      def plain(attempt, *arguments):
          try:
              attempt(*arguments)
          except TimeoutError as error:
              return False, repr(error)
          except OSError as error:
              return True, str(error)
          return False, "it was not denied"

      def open_socket(where):
          socket.create_connection(where, LONGEST).close()

      def datagram():
          with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
              sender.sendto(b"x", (next(ADDRESSES), 53))

      ATTEMPTS = {
          "CONNECT, other host": lambda: connect("denied.test:443"),
          "CONNECT, port": lambda: connect(f"{host}:{port}"),
          "CONNECT, address": lambda: connect(f"{next(SPELLED)}:443"),
          "HTTP, other host": lambda: get("denied.test"),
          "HTTP, port": lambda: get(f"{host}:{port}"),
          "HTTP, address": lambda: get(next(SPELLED)),
          "HTTP, protocol": lambda: get(host, "ftp"),
          "SOCKS5, other host": lambda: socks(name("denied.test"), 443),
          "SOCKS5, port": lambda: socks(name(host), port),
          "SOCKS5, address": lambda: socks(b"\\x01" + socket.inet_aton(next(ADDRESSES)), 443),
          "SOCKS5, protocol": lambda: socks(name(host), port, command=3),
          "shim, lookup": lambda: plain(socket.getaddrinfo, "denied.test", 443),
          "shim, other host": lambda: plain(open_socket, ("denied.test", 443)),
          "shim, port": lambda: plain(open_socket, (host, port)),
          "shim, address": lambda: plain(open_socket, (next(ADDRESSES), 443)),
          "shim, protocol": lambda: plain(datagram),
      }
      attempt = ATTEMPTS[kind]
      samples = []
      for _ in range(count):
          begun = time.perf_counter_ns()
          denied, answer = attempt()
          if denied:
              samples.append(time.perf_counter_ns() - begun)
          else:
              wrong = answer
      {"samples_ns": samples, "answer": answer if len(samples) == count else wrong}
      """;

  /**
   * Has it denied so many times, in one run.
   *
   * @param host one that the policy allows
   * @param port one that it does not allow for that host
   */
  static Denials measure(
      CaissonClient client, String policy, String kind, String host, int port, int attempts)
      throws InterruptedException {
    RunOptions options =
        RunOptions.code(PROGRAM)
            .policy(policy)
            .arguments(List.of(kind, host, Integer.toString(port), Integer.toString(attempts)));
    Samples samples = new Samples(kind);
    JsonNode times = samples.addMeasured(client.run(options, RunListener.silent()));
    return new Denials(samples, attempts, times.path("answer").asString(""));
  }

  boolean within(double millis) {
    return samples.size() == attempts && samples.mostMillis() <= millis;
  }
}
