package dev.caisson.mcp.upstream;

/** JSON that does not survive being read into numbers, maps and Unicode texts. */
final class Exact {

  static final String OBJECT =
      "{\"z\":12345678901234567890123,\"far\":1e400,\"long\":0.1000000000000000055511151231257827,"
          + "\"zero\":-0.0,\"one\":1.0,\"half\":\"\\ud800\",\"a\":1,\"a\":2,\"slash\":\"\\/\","
          + "\"digits\":"
          + "9".repeat(2_000)
          + "}";

  private Exact() {}
}
