package dev.caisson.mcp.tools;

import static org.assertj.core.api.Assertions.assertThat;

import dev.caisson.mcp.relay.Pictures;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

final class ImageCheckTest {

  static Stream<Arguments> images() {
    return Stream.of(
        Arguments.of("image/png", Pictures.png("x")),
        Arguments.of("image/jpeg", Pictures.jpeg(3, 2)),
        Arguments.of("image/gif", Pictures.gif(3, 2)),
        Arguments.of("image/webp", Pictures.webp(3, 2)));
  }

  @ParameterizedTest
  @MethodSource("images")
  void a_whole_image_may_be_shown_as_what_it_is(String type, byte[] image) {
    assertThat(ImageCheck.type(image)).contains(type);
    assertThat(ImageCheck.problem(type, image)).isEmpty();
  }

  @ParameterizedTest
  @MethodSource("images")
  void as_anything_else_it_may_not(String type, byte[] image) {
    images()
        .map(other -> (String) other.get()[0])
        .filter(other -> !other.equals(type))
        .forEach(other ->
            assertThat(ImageCheck.problem(other, image)).contains("the bytes are not " + other));
  }

  @ParameterizedTest
  @MethodSource("images")
  void one_that_is_cut_off_may_not_be_shown_wherever_it_is_cut(String type, byte[] image) {
    for (var length = 0; length < image.length; length++) {
      assertThat(ImageCheck.problem(type, Arrays.copyOf(image, length)))
          .as("of %d bytes", length)
          .isPresent();
    }
  }

  static Stream<Arguments> sizes() {
    return Stream.of(
        Arguments.of("image/png", Pictures.png(8_001, 1, ""), "8001 × 1"),
        Arguments.of("image/jpeg", Pictures.jpeg(1, 8_001), "1 × 8001"),
        Arguments.of("image/gif", Pictures.gif(65_535, 65_535), "65535 × 65535"),
        Arguments.of("image/webp", Pictures.webp(9_000, 9_000), "9000 × 9000"));
  }

  @ParameterizedTest
  @MethodSource("sizes")
  void one_of_more_pixels_than_models_take_may_not_be_shown(
      String type, byte[] image, String size) {
    assertThat(ImageCheck.problem(type, image))
        .contains(size + " pixels are more than 8000 on a side");
  }

  @Test
  void one_of_more_bytes_than_clients_take_may_not_be_shown() {
    assertThat(ImageCheck.problem("image/png", Pictures.pngOf(3_932_160))).isEmpty();
    assertThat(ImageCheck.problem("image/png", Pictures.pngOf(3_932_161)))
        .contains("3,932,161 bytes are more than 3,932,160");
  }

  @Test
  void one_without_pixels_may_not_be_shown() {
    assertThat(ImageCheck.problem("image/png", Pictures.png(0, 5, "")))
        .contains("it has no pixels");
    assertThat(ImageCheck.problem("image/png", Pictures.png(-1, 5, "")))
        .contains("it has no pixels");
    assertThat(ImageCheck.problem("image/gif", Pictures.gif(3, 0))).contains("it has no pixels");
  }

  @Test
  void a_sound_in_the_container_that_webp_shares_with_it_is_no_image() {
    var sound = "RIFF\u0020\0\0\0WAVEfmt ".getBytes(StandardCharsets.ISO_8859_1);

    assertThat(ImageCheck.type(Arrays.copyOf(sound, 40))).isEmpty();
    assertThat(ImageCheck.problem("image/webp", Arrays.copyOf(sound, 40)))
        .contains("the bytes are not image/webp");
  }

  @Test
  void a_png_whose_first_chunk_is_not_its_header_may_not_be_shown() {
    var png = Pictures.png("x");
    png[12] = 'X';

    assertThat(ImageCheck.problem("image/png", png)).contains("the image/png is broken or cut off");
  }

  @Test
  void a_jpeg_without_a_frame_may_not_be_shown() {
    var jpeg = new byte[64];
    jpeg[0] = (byte) 0xFF;
    jpeg[1] = (byte) 0xD8;
    Arrays.fill(jpeg, 2, 64, (byte) 0xFF);
    jpeg[63] = (byte) 0xD9;

    assertThat(ImageCheck.problem("image/jpeg", jpeg))
        .contains("the image/jpeg does not say its size");
  }

  @Test
  void the_other_two_kinds_of_webp_say_their_size_elsewhere() {
    var lossless = webp("VP8L").put(20, (byte) 0x2F).putInt(21, 8_000 | 1 << 14).array();
    var extended = webp("VP8X").putInt(24, 99).putInt(26, 8_000 << 8 | 0).array();

    assertThat(ImageCheck.problem("image/webp", lossless))
        .contains("8001 × 2 pixels are more than 8000 on a side");
    assertThat(ImageCheck.problem("image/webp", extended))
        .contains("100 × 8001 pixels are more than 8000 on a side");
  }

  private static ByteBuffer webp(String kind) {
    var image = ByteBuffer.wrap(Pictures.webp(1, 1)).order(ByteOrder.LITTLE_ENDIAN);
    return image.put(12, kind.getBytes(StandardCharsets.ISO_8859_1));
  }

  @Test
  void nothing_at_all_is_no_image() {
    assertThat(ImageCheck.type(new byte[0])).isEqualTo(Optional.empty());
  }
}
