package dev.caisson.daemon.security;

import static org.assertj.core.api.Assertions.assertThat;

import dev.caisson.daemon.acceptance.Transcript;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Group D under a policy without a network: there is no way out, and no wait to find that out. */
@DisplayNameGeneration(AttackNames.class)
class GroupDOfflineTest {

  @RegisterExtension static final AttackedDaemon daemon = new AttackedDaemon();

  @Test
  @Attack(
      row = "D1",
      what = "connections where there is no network",
      expected = "SUCCEEDED, each fails at once and not by waiting",
      guards = "gVisor")
  void noneMeansNone() {
    Transcript run =
        daemon.run(
            """
            import os, socket, time
            slow, tried = [], 0
            targets = [(2, '1.1.1.1'), (2, '8.8.8.8'), (2, '172.17.0.1'), (2, '10.0.0.1'), (2, '192.168.0.1'),
                       (2, '169.254.169.254'), (2, '100.100.100.200'), (2, '192.0.0.192'), (2, '127.0.0.11'),
                       (2, '127.0.0.1'), (2, '0.0.0.0'), (2, '255.255.255.255'), (2, '224.0.0.251'),
                       (10, '2606:4700:4700::1111'), (10, 'fd00:ec2::254'), (10, '::1'), (10, '::'),
                       (10, '::ffff:169.254.169.254'), (10, '64:ff9b::a9fe:a9fe'), (10, 'ff02::1')]
            for family, host in targets:
                for port in (53, 80, 443, 2375, 50051):
                    tried += 1
                    begun = time.monotonic()
                    with socket.socket(family) as s:
                        s.settimeout(2)
                        try:
                            s.connect((host, port))
                            print('connected', host, port)
                        except TimeoutError:
                            slow.append(host)
                        except OSError:
                            pass
            print(slow, tried, os.listdir('/sys/class/net') if os.path.exists('/sys/class/net') else ['lo'])
            """);

    assertThat(run.stdout()).isEqualTo("[] 100 ['lo']\n");
  }

  @Test
  @Attack(
      row = "D2",
      what = "asking for names where there is no network",
      expected = "SUCCEEDED, no name is found and no query leaves",
      guards = "gVisor")
  void names() {
    Transcript run =
        daemon.run(
            """
            import os, socket, subprocess
            found = []
            for name in ('x.attacker.test', 'example.com', 'metadata.google.internal', 'host.docker.internal',
                         'secret.' * 30 + 'test', '1.1.1.1.nip.io'):
                for ask in (lambda: socket.getaddrinfo(name, 80), lambda: socket.gethostbyname(name),
                            lambda: socket.gethostbyname_ex(name)):
                    try:
                        found.append(ask())
                    except OSError:
                        pass
            print(found, repr(open('/etc/resolv.conf').read()))
            for server in ('127.0.0.11', '127.0.0.53', '1.1.1.1', '172.17.0.1'):
                query = b'\\x12\\x34\\1\\0\\0\\1\\0\\0\\0\\0\\0\\0\\1x\\4test\\0\\0\\1\\0\\1'
                with socket.socket(2, 2) as s:
                    s.settimeout(0.3)
                    try:
                        s.sendto(query, (server, 53))
                        print('answered', s.recv(100))
                    except OSError:
                        pass
            """);

    assertThat(run.stdout()).isEqualTo("[] ''\n");
  }

  @Test
  @Attack(
      row = "D15",
      what = "other protocols where there is no network",
      expected = "SUCCEEDED, not a packet leaves",
      guards = {"gVisor", "set-up: runsc is registered with --network=none"})
  void otherProtocols() {
    Transcript run =
        daemon.run(
            """
            import socket
            sent = []
            for family, kind, protocol, host, port in (
                    (2, 2, 0, '1.1.1.1', 53), (2, 2, 0, '1.1.1.1', 123), (2, 2, 0, '1.1.1.1', 443),
                    (2, 2, 1, '1.1.1.1', 0), (10, 2, 58, '2606:4700:4700::1111', 0), (2, 2, 0, '224.0.0.251', 5353),
                    (2, 2, 0, '239.255.255.250', 1900), (2, 2, 0, '255.255.255.255', 67), (2, 1, 0, '1.1.1.1', 853),
                    (10, 2, 0, 'ff02::1', 5353), (10, 2, 0, 'ff02::fb', 5353), (2, 2, 0, '10.0.0.1', 69)):
                try:
                    with socket.socket(family, kind, protocol) as s:
                        s.settimeout(0.3)
                        if kind == 2 and family == 2:
                            s.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
                        s.sendto(b'\\x08\\0\\xf7\\xff\\0\\0\\0\\0', (host, port))
                        sent.append((host, port))
                except OSError:
                    pass
            print(sent)
            """);

    assertThat(run.stdout()).isEqualTo("[]\n");
  }

  @Test
  @Attack(
      row = "D19",
      what = "proxy settings that the program takes away or makes up",
      expected = "SUCCEEDED, a direct connection is no more possible than before",
      guards = "gVisor")
  void proxySettings() {
    Transcript run =
        daemon.run(
            """
            import os, socket, urllib.request
            os.environ.clear()
            for proxy in ('', 'http://127.0.0.1:3128', 'http://172.17.0.1:8080', 'socks5://127.0.0.1:1080'):
                if proxy:
                    os.environ.update({'http_proxy': proxy, 'https_proxy': proxy, 'ALL_PROXY': proxy})
                for url in ('http://1.1.1.1/', 'https://example.com/', 'ftp://1.1.1.1/'):
                    try:
                        urllib.request.urlopen(url, timeout=2)
                        print('reached', url)
                    except (OSError, ValueError):
                        pass
            try:
                socket.create_connection(('1.1.1.1', 443), 2)
                print('reached')
            except OSError:
                print('not reached')
            """);

    assertThat(run.stdout()).isEqualTo("not reached\n");
  }
}
