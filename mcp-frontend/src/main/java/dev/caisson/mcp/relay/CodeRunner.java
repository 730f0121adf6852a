package dev.caisson.mcp.relay;

import dev.caisson.mcp.stubs.Catalogue;
import java.util.List;

/**
 * Port to whatever runs programs: the daemon, or a fake in tests.
 *
 * <p>All calls block. Interrupting the thread inside {@link #run} cancels the run, and the sandbox
 * is destroyed; forgetting to interrupt leaves the run to its own deadline.
 */
public interface CodeRunner extends AutoCloseable {

  /** Runs one program to its end. What the program does is a result, never an exception. */
  RunReport run(Program program, RunListener listener, ToolRelay tools, Approvals approvals)
      throws RefusedException, InterruptedException;

  /** Finds tools by words, among those that the policy does not deny. An empty query lists all. */
  Found search(Catalogue catalogue, String policy, String query, int limit)
      throws RefusedException, InterruptedException;

  /**
   * The Python API as the code sees it under that policy.
   *
   * @param server its own name or the one that code has for it; empty for all
   * @param tool likewise, of that server; empty for all
   */
  Rendered render(Catalogue catalogue, String policy, String server, String tool, ApiStyle style)
      throws RefusedException, InterruptedException;

  @Override
  void close();

  /** How an API is written. */
  enum ApiStyle {
    /** A line for each tool, and for each type. */
    SIGNATURES,
    /** A module that can be imported. */
    SOURCE,
    /** Its stub. */
    STUB,
    /** Signature, documentation and types of each tool, for reading. */
    REFERENCE
  }

  /**
   * An API.
   *
   * @param module what a module of it can be called
   */
  record Rendered(String text, String module) {}

  /** The best matches, and how many matched in all. */
  record Found(List<Match> matches, int total) {
    public Found {
      matches = List.copyOf(matches);
    }
  }

  /** One tool found, as the catalogue names it and as code calls it. */
  record Match(String server, String tool, String pythonName, String signature, String summary) {}
}
