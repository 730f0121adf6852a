package dev.caisson.daemon.egress;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.caisson.daemon.error.ErrorCode;
import dev.caisson.daemon.error.SandboxException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TrustedCertificatesTest {

  /** One that signed itself, for example.test. */
  private static final String CERTIFICATE =
      """
      -----BEGIN CERTIFICATE-----
      MIIBhjCCASugAwIBAgIUP+2WUGIq62IJyjZRJb+BAc5DfWMwCgYIKoZIzj0EAwIw
      FzEVMBMGA1UEAwwMZXhhbXBsZS50ZXN0MCAXDTI2MTEyMTE3Mjk1NVoYDzIxMjYx
      MDI4MTcyOTU1WjAXMRUwEwYDVQQDDAxleGFtcGxlLnRlc3QwWTATBgcqhkjOPQIB
      BggqhkjOPQMBBwNCAARpl14Fl9k0XQ/O3+bODkcHRk6BO8Jkyz/QDoadMtbneLi3
      im3F2De79JNUcZ6JZIu5E4ahN5LbhahwiyobSAiNo1MwUTAdBgNVHQ4EFgQUprDf
      3KcrLKh4S6VCfvZjystmDwkwHwYDVR0jBBgwFoAUprDf3KcrLKh4S6VCfvZjystm
      DwkwDwYDVR0TAQH/BAUwAwEB/zAKBggqhkjOPQQDAgNJADBGAiEA0bbDOnDx4vuB
      1Edka5OeG8J8Tkw7pjVAIZelmVLCEvoCIQD5g/reiM3TQnN0dTt0io6kGW6u0NH8
      gyE+Q98Pstpu6w==
      -----END CERTIFICATE-----
      """;

  @TempDir Path folder;

  @Test
  void certificatesComeOutAsTheyWentInWithoutWhatStandsAroundThem() {
    String commented = "# ours\r\n" + CERTIFICATE.replace("\n", "\r\n") + "and\n" + CERTIFICATE;

    assertThat(TrustedCertificates.of(commented).pem()).isEqualTo(CERTIFICATE + CERTIFICATE);
  }

  @Test
  void aFileWithoutACertificateIsRefusedByNameAndReason() throws IOException {
    refused("", "it holds no certificate in PEM format (-----BEGIN CERTIFICATE-----)");
    refused("\0\1\2", "it holds no certificate");
    refused(CERTIFICATE.substring(0, 300), "block 1 has no end, or a wrong one");
    refused(CERTIFICATE + CERTIFICATE.substring(0, 300), "block 2 has no end, or a wrong one");
    refused(
        "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
        "block 1 is not an X.509 certificate");
    refused(
        "-----BEGIN CERTIFICATE-----\n?\n-----END CERTIFICATE-----\n",
        "block 1 is not an X.509 certificate");
  }

  @Test
  void aKeyIsNeverGivenToSandboxes() throws IOException {
    refused(
        CERTIFICATE + "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
        "it holds a PRIVATE KEY; programs in sandboxes can read all of it");
    refused(
        CERTIFICATE
            + "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,0\n\nAAAA\n"
            + "-----END RSA PRIVATE KEY-----\n",
        "block 2 has no end, or a wrong one");
  }

  @Test
  void aFileMayHaveHalfAMebibyteAndNotAByteMore() throws IOException {
    String padding = "#".repeat((512 << 10) - CERTIFICATE.length());

    assertThat(TrustedCertificates.read(write(CERTIFICATE + padding)).pem()).isEqualTo(CERTIFICATE);
    refused(CERTIFICATE + padding + "#", "it is larger than 512 KiB");
  }

  @Test
  void aFileThatIsNotThereIsRefused() {
    assertThatThrownBy(() -> TrustedCertificates.read(folder.resolve("none.pem")))
        .hasMessage(
            "network.ca_file: %s cannot be used: there is no such file",
            folder.resolve("none.pem"));
    assertThatThrownBy(() -> TrustedCertificates.read(folder))
        .hasMessageStartingWith(
            "network.ca_file: " + folder + " cannot be used: it cannot be read");
  }

  private void refused(String text, String reason) throws IOException {
    Path file = write(text);
    assertThatThrownBy(() -> TrustedCertificates.read(file))
        .isInstanceOfSatisfying(
            SandboxException.class,
            e -> assertThat(e.code()).isEqualTo(ErrorCode.INVALID_CONFIGURATION))
        .hasMessageStartingWith("network.ca_file: " + file + " cannot be used: " + reason);
  }

  private Path write(String text) throws IOException {
    return Files.writeString(folder.resolve("ca.pem"), text);
  }
}
