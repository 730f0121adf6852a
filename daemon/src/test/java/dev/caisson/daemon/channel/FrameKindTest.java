package dev.caisson.daemon.channel;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

class FrameKindTest {

  @Test
  void theKindsAreThoseOfTheSpecification() throws IOException {
    JsonNode specification = resource("/caisson/channel/kinds.json");
    List<String> specified = new ArrayList<>();
    for (JsonNode kind : specification.get("kinds")) {
      specified.add(
          "%d %s %s %s %d"
              .formatted(
                  kind.get("number").intValue(),
                  kind.get("name").stringValue(),
                  kind.get("sender").stringValue(),
                  kind.get("payload").stringValue(),
                  kind.get("limit").intValue()));
    }
    List<String> ours =
        Arrays.stream(FrameKind.values())
            .map(kind ->
                "%d %s %s %s %d"
                    .formatted(
                        kind.number(),
                        kind.wireName(),
                        kind.sender().name().toLowerCase(Locale.ROOT),
                        kind.payload().name().toLowerCase(Locale.ROOT),
                        kind.limit()))
            .toList();
    assertThat(ours).containsExactlyElementsOf(specified);
    assertThat(FrameDecoder.WORKER_FRAME)
        .isEqualTo(specification.get("worker_frame_bytes").intValue());
    assertThat(FrameDecoder.FRAME).isEqualTo(specification.get("frame_bytes").intValue());
    assertThat(FrameDecoder.MORE).isEqualTo(specification.get("more_bit").intValue());
    assertThat(Json.DEPTH).isEqualTo(specification.get("json_depth").intValue());
  }

  static JsonNode resource(String name) throws IOException {
    try (InputStream in = FrameKindTest.class.getResourceAsStream(name)) {
      assertThat(in).as(name).isNotNull();
      byte[] bytes = in.readAllBytes();
      return Json.read(bytes, 0, bytes.length);
    }
  }
}
