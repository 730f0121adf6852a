package dev.caisson.mcp.tools;

import dev.caisson.mcp.protocol.ClientLink;
import dev.caisson.mcp.protocol.RequestRefusedException;
import dev.caisson.mcp.protocol.ResourcesFeature;
import dev.caisson.mcp.relay.RefusedException;
import io.modelcontextprotocol.spec.McpSchema.ListResourceTemplatesResult;
import io.modelcontextprotocol.spec.McpSchema.ListResourcesResult;
import io.modelcontextprotocol.spec.McpSchema.ReadResourceResult;
import io.modelcontextprotocol.spec.McpSchema.Resource;
import io.modelcontextprotocol.spec.McpSchema.TextResourceContents;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The guide, in front of other resources. Any thread. */
record GuidedResources(Guide guide, ResourcesFeature.Resources others)
    implements ResourcesFeature.Resources {

  static final String URI = "caisson://guide";

  private static final String MARKDOWN = "text/markdown";

  @Override
  public ListResourcesResult list(Optional<String> cursor)
      throws RequestRefusedException, InterruptedException {
    var page = others.list(cursor);
    if (cursor.isPresent()) {
      return page;
    }
    var all = new ArrayList<Resource>();
    all.add(
        Resource.builder(URI, "Guide")
            .description(
                "How to write programs for run_code, and the functions that they can call.")
            .mimeType(MARKDOWN)
            .build());
    all.addAll(page.resources());
    return ListResourcesResult.builder(all).nextCursor(page.nextCursor()).build();
  }

  @Override
  public ListResourceTemplatesResult templates(Optional<String> cursor)
      throws RequestRefusedException, InterruptedException {
    return others.templates(cursor);
  }

  @Override
  public ReadResourceResult read(String uri, ClientLink client)
      throws RequestRefusedException, InterruptedException {
    if (!uri.equals(URI)) {
      return others.read(uri, client);
    }
    try {
      return ReadResourceResult.builder(
              List.of(
                  TextResourceContents.builder(URI, guide.text(Guide.TOKENS, List.of()))
                      .mimeType(MARKDOWN)
                      .build()))
          .build();
    } catch (RefusedException refusal) {
      throw FileResources.refused(refusal);
    }
  }
}
