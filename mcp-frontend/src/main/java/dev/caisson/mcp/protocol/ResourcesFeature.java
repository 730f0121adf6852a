package dev.caisson.mcp.protocol;

import io.modelcontextprotocol.spec.McpSchema.ListResourceTemplatesResult;
import io.modelcontextprotocol.spec.McpSchema.ListResourcesResult;
import io.modelcontextprotocol.spec.McpSchema.ReadResourceResult;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;

/** Resources and their templates, as a source gives them. */
public final class ResourcesFeature implements Feature {

  private static final CacheHint TEMPLATES =
      new CacheHint(Duration.ofMinutes(5), CacheHint.Scope.PUBLIC);

  private final Resources resources;

  /** Where resources come from. Any thread. */
  public interface Resources {

    /**
     * A page of those that there are.
     *
     * @param cursor of the page before; empty for the first one
     */
    ListResourcesResult list(Optional<String> cursor)
        throws RequestRefusedException, InterruptedException;

    /** A page of the forms of addresses that can be read without being listed. */
    ListResourceTemplatesResult templates(Optional<String> cursor)
        throws RequestRefusedException, InterruptedException;

    /**
     * What is at an address.
     *
     * @throws RequestRefusedException with {@link ErrorCodes#RESOURCE_NOT_FOUND} when there is
     *     nothing
     */
    ReadResourceResult read(String uri, ClientLink client)
        throws RequestRefusedException, InterruptedException;
  }

  public ResourcesFeature(Resources resources) {
    this.resources = resources;
  }

  @Override
  public String capability() {
    return "resources";
  }

  @Override
  public Map<String, Object> settings() {
    return Json.ordered("subscribe", false, "listChanged", false);
  }

  @Override
  public Map<String, Offered> methods() {
    return Map.of(
        "resources/list",
        Offered.cacheable(CacheHint.NEVER, call -> resources.list(call.cursor())),
        "resources/templates/list",
        Offered.cacheable(TEMPLATES, call -> resources.templates(call.cursor())),
        "resources/read",
        Offered.cacheable(CacheHint.NEVER, this::read));
  }

  private ReadResourceResult read(Call call) throws RequestRefusedException, InterruptedException {
    var uri = call.text("uri");
    try {
      return resources.read(uri, call.client());
    } catch (RequestRefusedException refusal) {
      throw refusal.code() == ErrorCodes.RESOURCE_NOT_FOUND
          ? new RequestRefusedException(refusal.code(), refusal.explanation(), Map.of("uri", uri))
          : refusal;
    }
  }
}
