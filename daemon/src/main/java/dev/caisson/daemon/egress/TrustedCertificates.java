package dev.caisson.daemon.egress;

import dev.caisson.daemon.error.ErrorCode;
import dev.caisson.daemon.error.SandboxException;
import dev.caisson.daemon.model.ByteSize;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.cert.CertificateFactory;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Certificates that programs in sandboxes trust beside those of the image, for servers whose
 * certificates a company signs itself. They decide whom code believes, not what it reaches.
 *
 * @param pem the certificates and nothing else: what a file says around them stays outside
 */
public record TrustedCertificates(String pem) {

  /** Every sandbox is sent them, and keeps them in memory. */
  private static final ByteSize LARGEST = ByteSize.ofKibibytes(512);

  private static final String CERTIFICATE = "CERTIFICATE";

  private static final Pattern BLOCK =
      Pattern.compile("-----BEGIN ([A-Z0-9 ]{1,64})-----([^-]*)-----END \\1-----");

  private static final Pattern BEGIN = Pattern.compile("-----BEGIN ");

  /**
   * Reads a file in PEM format.
   *
   * @throws SandboxException INVALID_CONFIGURATION with the file and the reason
   */
  public static TrustedCertificates read(Path file) {
    try {
      return of(contents(file));
    } catch (NoSuchFileException e) {
      throw refused(file, "there is no such file");
    } catch (IOException e) {
      throw refused(file, "it cannot be read: " + e.getMessage());
    } catch (IllegalArgumentException e) {
      throw refused(file, String.valueOf(e.getMessage()));
    }
  }

  /** Of the text of such a file; an IllegalArgumentException says what is wrong with it. */
  static TrustedCertificates of(String text) {
    List<String> certificates = new ArrayList<>();
    Matcher block = BLOCK.matcher(text);
    int blocks = 0;
    while (block.find()) {
      blocks++;
      if (!block.group(1).equals(CERTIFICATE)) {
        throw new IllegalArgumentException(
            "it holds a %s; programs in sandboxes can read all of it, so it may hold certificates alone"
                .formatted(block.group(1)));
      }
      certificates.add(certificate(block.group(2), blocks));
    }
    if (BEGIN.matcher(text).results().count() != blocks) {
      throw new IllegalArgumentException("block " + (blocks + 1) + " has no end, or a wrong one");
    }
    if (certificates.isEmpty()) {
      throw new IllegalArgumentException(
          "it holds no certificate in PEM format (-----BEGIN CERTIFICATE-----)");
    }
    return new TrustedCertificates(String.join("", certificates));
  }

  private static String certificate(String body, int number) {
    try {
      byte[] encoded = Base64.getMimeDecoder().decode(body);
      var read =
          CertificateFactory.getInstance("X.509")
              .generateCertificate(new ByteArrayInputStream(encoded));
      return "-----BEGIN %s-----\n%s\n-----END %s-----\n"
          .formatted(
              CERTIFICATE,
              Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(read.getEncoded()),
              CERTIFICATE);
    } catch (GeneralSecurityException | IllegalArgumentException e) {
      throw new IllegalArgumentException("block " + number + " is not an X.509 certificate", e);
    }
  }

  private static String contents(Path file) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      byte[] bytes = in.readNBytes((int) LARGEST.bytes() + 1);
      if (bytes.length > LARGEST.bytes()) {
        throw new IllegalArgumentException(
            "it is larger than %s; leave out what only comments on it, and authorities that the image"
                    .formatted(LARGEST)
                + " trusts already");
      }
      return new String(bytes, StandardCharsets.ISO_8859_1);
    }
  }

  private static SandboxException refused(Path file, String reason) {
    return new SandboxException(
        ErrorCode.INVALID_CONFIGURATION,
        "network.ca_file: %s cannot be used: %s".formatted(file, reason));
  }
}
