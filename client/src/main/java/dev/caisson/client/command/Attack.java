package dev.caisson.client.command;

import dev.caisson.client.RunOptions;

/**
 * What a hostile run does to the runs beside it. Each program says one word, or calls a tool, when
 * it is at full strength. The names are lower case, because people type them.
 */
enum Attack {
  cpu(
      "up to 32 processes spin",
      """
      import os
      start, go = os.pipe()
      for _ in range(31):
          try:
              if os.fork() == 0:
                  os.read(start, 1)
                  while True:
                      pass
          except OSError:
              break  # no room for one more
      os.write(go, b"x" * 31)
      print("at it", flush=True)
      while True:
          pass
      """),

  memory(
      "fills its memory up to MemoryError, gives it back, and again",
      """
      blocks = []
      print("at it", flush=True)
      while True:
          try:
              blocks.append(b"x" * (4 << 20))
          except MemoryError:
              blocks.clear()
      """),

  death(
      "four processes fill the memory until the kernel ends their sandbox",
      """
      import os
      print("at it", flush=True)
      os.fork()
      os.fork()
      blocks = []
      while True:
          try:
              blocks.append(b"x" * (1 << 20))
          except MemoryError:
              pass
      """),

  output(
      "floods both output streams, and its client reads them",
      """
      import os, sys
      line = "x" * 65535 + "\\n"
      while True:
          sys.stdout.write(line)
          os.write(2, line.encode())
      """),

  unread("floods both output streams, and its client reads nothing for 20 s", output.code),

  calls(
      "64 tool calls in flight, each answered at once and followed by the next",
      """
      import asyncio
      async def caller():
          while True:
              await tools.bench.echo(value=1)
      async def callers():
          await asyncio.gather(*[caller() for _ in range(64)])
      await callers()
      """),

  connections(
      "asks the network gate for hosts that it denies, on 8 connections at once",
      """
      import socket, threading
      def ask():
          while True:
              try:
                  with socket.create_connection(("127.0.0.1", 18080)) as proxy:
                      proxy.sendall(b"CONNECT denied.test:443 HTTP/1.1\\r\\n\\r\\n")
                      proxy.recv(1024)
              except OSError:
                  pass
      print("at it", flush=True)
      for _ in range(7):
          threading.Thread(target=ask, daemon=True).start()
      ask()
      """);

  private final String what;
  private final String code;

  Attack(String what, String code) {
    this.what = what;
    this.code = code;
  }

  /** For people. */
  String what() {
    return what;
  }

  /** Whether it needs a policy whose code may reach something. */
  boolean needsNetwork() {
    return this == connections;
  }

  RunOptions program() {
    return RunOptions.code(code).tools(BenchCallsCommand.ECHO);
  }
}
