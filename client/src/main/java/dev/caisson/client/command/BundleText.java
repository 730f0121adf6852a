package dev.caisson.client.command;

import dev.caisson.client.MimeBundle;
import java.util.stream.Collectors;

/** What a terminal shows of a MIME bundle: its text, and a word for what it cannot show. */
final class BundleText {

  private BundleText() {}

  static String of(MimeBundle bundle) {
    String text = bundle.find("text/plain").map(MimeBundle.Part::text).orElse("");
    String others =
        bundle.parts().stream()
            .filter(part -> text.isEmpty() || part.mimeType().startsWith("image/"))
            .map(part -> "[%s, %s]".formatted(part.mimeType(), size(part.data().length)))
            .collect(Collectors.joining(" "));
    return text + (text.isEmpty() || others.isEmpty() ? "" : " ") + others;
  }

  /** Whether the text is all that there is to see. */
  static boolean isWhole(MimeBundle bundle) {
    return bundle.find("text/plain").isPresent()
        && bundle.parts().stream().noneMatch(part -> part.mimeType().startsWith("image/"));
  }

  static String size(int bytes) {
    return bytes < 1_000 ? bytes + " B" : "%,d KB".formatted((bytes + 500) / 1_000);
  }
}
