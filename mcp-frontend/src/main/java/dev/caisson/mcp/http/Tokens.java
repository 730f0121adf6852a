package dev.caisson.mcp.http;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The bearer tokens that are taken. Only their hashes are kept, so that none can be printed; they
 * are compared in a time that says nothing of how much was right. Immutable.
 */
public final class Tokens {

  /** Characters of the shortest one; of random ones this is what nobody guesses. */
  private static final int SHORTEST = 16;

  private static final int LONGEST = 4096;

  /** RFC 6750. */
  private static final Pattern TOKEN = Pattern.compile("[A-Za-z0-9._~+/-]+=*");

  private final List<byte[]> hashes;

  private Tokens(List<byte[]> hashes) {
    this.hashes = hashes;
  }

  /** With none of them everybody is let in, as the same one. */
  public static Tokens of(List<String> tokens) {
    return new Tokens(tokens.stream().map(Tokens::hash).toList());
  }

  public boolean isEmpty() {
    return hashes.isEmpty();
  }

  /** What is wrong with a token, without showing it; empty when it can be used. */
  public static Optional<String> problem(String token) {
    if (token.length() < SHORTEST || token.length() > LONGEST) {
      return Optional.of(
          "it has %d characters; %d to %d are allowed"
              .formatted(token.length(), SHORTEST, LONGEST));
    }
    return TOKEN.matcher(token).matches()
        ? Optional.empty()
        : Optional.of(
            "it has characters that no bearer token can have; letters, digits and -._~+/ are"
                + " allowed, and = at the end");
  }

  /** Who shows this header; empty when it has no token that is taken. */
  Optional<Principal> bearer(@Nullable String authorization) {
    if (hashes.isEmpty()) {
      return Optional.of(Principal.ANYBODY);
    }
    if (authorization == null || !authorization.regionMatches(true, 0, "Bearer ", 0, 7)) {
      return Optional.empty();
    }
    var shown = hash(authorization.substring(7).strip());
    var who = -1;
    for (var i = 0; i < hashes.size(); i++) {
      if (MessageDigest.isEqual(hashes.get(i), shown)) {
        who = i;
      }
    }
    return who < 0 ? Optional.empty() : Optional.of(new Principal(who));
  }

  private static byte[] hash(String token) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(token.getBytes(StandardCharsets.UTF_8));
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  /**
   * Whoever has a token.
   *
   * @param token its place among those that are taken; -1 where none is needed
   */
  record Principal(int token) {
    static final Principal ANYBODY = new Principal(-1);
  }
}
