package dev.caisson.daemon.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.caisson.daemon.app.RunningDaemon;
import dev.caisson.daemon.policy.PackageIndex;
import dev.caisson.v1.StartRun;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Packages from the index of this machine's pip, installed in a run through the gate, and the
 * clients among them used as they come.
 */
class PackagesTest {

  @TempDir static Path folder;

  private static TestSite site;
  private static RunningDaemon daemon;
  private static RunClient client;

  @BeforeAll
  static void start() throws Exception {
    site = new TestSite(folder);
    List<String> pip = pip();
    daemon =
        RunningDaemon.start(
            folder,
            0,
            Map.of(
                "clients",
                "extends: packages\n"
                    + site.rules()
                    + "    - host: ${packages.index}\n    - host: ${packages.files}\n"),
            index(pip),
            site.gate(trusted(pip)));
    client = new RunClient(daemon.socket());
  }

  @AfterAll
  static void end() {
    client.close();
    daemon.close();
    site.close();
  }

  @Test
  void pipInstallsFromTheIndexAndNothingElseIsReachable() {
    Transcript run =
        run(
            "packages",
            """
            install('six')
            import six
            print(six.__name__, six.__file__.startswith('/workspace/.local/'))
            for attempt in (lambda: urllib.request.urlopen('https://good.test/'),
                            lambda: socket.create_connection(('good.test', 443))):
                try:
                    attempt()
                except OSError as error:
                    print(type(error).__name__, 'packages.yaml' in str(error))
            """);

    assertThat(run.output())
        .as(run::toString)
        .isEqualTo("six True\nURLError True\nPermissionError True\n");
  }

  @Test
  void clientsWorkUnchanged() {
    Transcript run =
        run(
            "clients",
            """
            install('requests', 'httpx', 'aiohttp', 'pycurl')
            urls = [f'http://good.test:{HTTP}/x', f'https://good.test:{HTTPS}/y']
            denied = 'https://evil.test/'
            import requests, httpx, aiohttp, pycurl, io
            print('requests', [requests.get(url).text for url in urls])
            print('httpx', [httpx.get(url).text for url in urls])
            async def fetch(url, **options):
                async with aiohttp.ClientSession(**options) as session:
                    async with session.get(url) as answer:
                        return await answer.text()
            print('aiohttp', [await fetch(url) for url in urls])
            print('aiohttp', [await fetch(url, trust_env=True) for url in urls])
            def curl(url):
                data = io.BytesIO()
                handle = pycurl.Curl()
                handle.setopt(pycurl.URL, url)
                handle.setopt(pycurl.WRITEDATA, data)
                handle.setopt(pycurl.CAINFO, os.environ['CURL_CA_BUNDLE'])
                handle.perform()
                return data.getvalue().decode()
            print('curl', [curl(url) for url in urls])
            for name, attempt in (('requests', requests.get), ('httpx', httpx.get), ('curl', curl)):
                try:
                    attempt(denied)
                except Exception as error:
                    print(name, '403' in str(error))
            try:
                await fetch(denied)
            except Exception as error:
                print('aiohttp', 'clients.yaml' in str(error))
            """);

    String both = "['hello /x 0', 'hello /y 0']\n";
    assertThat(run.output())
        .as(run::toString)
        .isEqualTo(
            "requests %shttpx %saiohttp %saiohttp %scurl %s".formatted(both, both, both, both, both)
                + "requests True\nhttpx True\ncurl True\naiohttp True\n");
  }

  private static Transcript run(String policy, String code) {
    String preamble =
        """
        import os, socket, subprocess, sys, urllib.request
        HTTP, HTTPS = %d, %d
        def install(*names):
            done = subprocess.run(['pip', 'install', '--quiet', '--no-cache-dir', '--only-binary=:all:', *names],
                                  capture_output=True, text=True)
            if done.returncode:
                print(done.stdout, done.stderr)
        """
            .formatted(site.httpPort(), site.httpsPort());
    return client.run(StartRun.newBuilder().setPolicy(policy).setCode(preamble + code));
  }

  /** What the launcher finds out about this machine's pip: its index, its files, whom it trusts. */
  private static List<String> pip() throws IOException {
    Process pip =
        new ProcessBuilder("python3", repository().resolve("daemon/setup/pip_index.py").toString())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    List<String> lines =
        new String(pip.getInputStream().readAllBytes(), StandardCharsets.UTF_8).lines().toList();
    assertThat(lines).as("the package index of this machine's pip").hasSize(3);
    return lines;
  }

  private static PackageIndex index(List<String> pip) {
    return new PackageIndex(
        Optional.of(PackageIndex.parse(pip.getFirst())),
        Optional.of(pip.get(1)).filter(line -> !line.isBlank()).map(PackageIndex::parse));
  }

  /** With the certificates that pip was told to trust, for an index behind a company's proxy. */
  private static String trusted(List<String> pip) throws IOException {
    return pip.getLast().isBlank() ? "" : Files.readString(Path.of(pip.getLast()));
  }

  private static Path repository() {
    Path here = Path.of("").toAbsolutePath();
    return here.endsWith("daemon") ? here.resolve("..").normalize() : here;
  }
}
