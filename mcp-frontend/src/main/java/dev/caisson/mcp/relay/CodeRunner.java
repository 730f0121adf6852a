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

  /** The Python source of one tool, exactly as the code sees it under that policy. */
  String render(Catalogue catalogue, String policy, String server, String tool)
      throws RefusedException, InterruptedException;

  @Override
  void close();

  /** The best matches, and how many matched in all. */
  record Found(List<Match> matches, int total) {
    public Found {
      matches = List.copyOf(matches);
    }
  }

  /** One tool found, as the catalogue names it and as code calls it. */
  record Match(String server, String tool, String pythonName, String signature, String summary) {}
}
