package dev.caisson.mcp.tools;

import dev.caisson.mcp.protocol.CompletionsFeature;
import dev.caisson.mcp.protocol.CompletionsFeature.Completion;
import dev.caisson.mcp.protocol.ErrorCodes;
import dev.caisson.mcp.protocol.RequestRefusedException;
import dev.caisson.mcp.relay.RefusedException;
import dev.caisson.mcp.relay.SessionState;
import dev.caisson.mcp.relay.WorkspaceFiles;
import dev.caisson.mcp.upstream.UpstreamServers;
import java.util.List;

/**
 * What an argument may go on with: servers for the prompt, sessions and their files for the address
 * of a file. An argument without a list of values has none. Any thread.
 */
record ArgumentCompletions(
    UpstreamServers upstream, ConnectionSessions sessions, WorkspaceFiles files)
    implements CompletionsFeature.Completer {

  private static final int MOST_NAMES = 1_000;

  @Override
  public List<String> complete(Completion asked)
      throws RequestRefusedException, InterruptedException {
    var known =
        switch (asked.kind()) {
          case PROMPT -> GuidePrompt.NAME;
          case TEMPLATE -> ResourceUri.TEMPLATE;
        };
    if (!asked.of().equals(known)) {
      throw new RequestRefusedException(
          ErrorCodes.INVALID_PARAMS, "there is nothing else to complete for than " + known);
    }
    try {
      return switch (asked.argument()) {
        case GuidePrompt.SERVERS -> servers(asked.begun());
        case "session" -> sessionNames(asked.begun());
        case "path" -> paths(asked.begun(), asked.others().getOrDefault("session", ""));
        default -> List.of();
      };
    } catch (RefusedException refusal) {
      // Somebody is typing: what does not exist yet has nothing to go on with.
      return List.of();
    }
  }

  /** The last name of the list. */
  private List<String> servers(String begun) {
    var comma = begun.lastIndexOf(',') + 1;
    var last = begun.substring(comma).stripLeading();
    var before = begun.substring(0, begun.length() - last.length());
    return upstream.names().stream()
        .filter(name -> name.startsWith(last))
        .map(name -> before + name)
        .toList();
  }

  private List<String> sessionNames(String begun) throws RefusedException, InterruptedException {
    return sessions.list().stream()
        .map(ArgumentCompletions::called)
        .filter(name -> name.startsWith(begun))
        .distinct()
        .toList();
  }

  private static String called(SessionState session) {
    return session.name().isEmpty() ? session.id() : session.name();
  }

  private List<String> paths(String begun, Object session)
      throws RefusedException, InterruptedException {
    if (!(session instanceof String name)) {
      return List.of();
    }
    var directory = begun.substring(0, Math.max(0, begun.lastIndexOf('/')));
    var page =
        sessions.in(sessions.findStanding(name), id -> files.list(id, directory, MOST_NAMES, ""));
    return page.entries().stream()
        .map(entry ->
            entry.kind() == WorkspaceFiles.Kind.DIRECTORY ? entry.path() + "/" : entry.path())
        .filter(path -> path.startsWith(begun))
        .toList();
  }
}
