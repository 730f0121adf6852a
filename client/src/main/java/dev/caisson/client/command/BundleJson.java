package dev.caisson.client.command;

import dev.caisson.client.MimeBundle;
import java.util.Base64;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** A MIME bundle as notebook files have it: `data` and `metadata`, each by MIME type. */
final class BundleJson {

  private static final JsonMapper JSON = JsonMapper.shared();

  private BundleJson() {}

  static ObjectNode of(MimeBundle bundle) {
    ObjectNode node = JSON.createObjectNode();
    ObjectNode data = node.putObject("data");
    ObjectNode metadata = node.putObject("metadata");
    for (MimeBundle.Part part : bundle.parts()) {
      if (part.isJson()) {
        // What does not read as JSON, or is too deep: the text is as good.
        data.set(part.mimeType(), ForeignJson.read(part.text()).orElseGet(() -> text(part.text())));
      } else if (part.isText()) {
        data.put(part.mimeType(), part.text());
      } else {
        data.put(part.mimeType(), Base64.getEncoder().encodeToString(part.data()));
      }
      part.metadataJson()
          .flatMap(ForeignJson::read)
          .ifPresent(m -> metadata.set(part.mimeType(), m));
    }
    return node;
  }

  private static JsonNode text(String text) {
    return JSON.getNodeFactory().stringNode(text);
  }
}
