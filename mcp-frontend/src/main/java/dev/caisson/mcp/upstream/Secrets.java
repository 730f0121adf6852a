package dev.caisson.mcp.upstream;

import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Base64;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Collects what in one server's definition is a secret. What is hidden in vain garbles results that
 * the code needs: "true", a port, the folder that a server serves. So values of {@code env},
 * headers and references are secrets unless they are plainly none, and arguments only where
 * something says so: the option before them, a name within them, or that they look like nothing a
 * person types.
 *
 * <p>For one thread.
 */
final class Secrets {

  private static final Pattern SECRET_NAME =
      Pattern.compile(
          "(?i)token|secret|passw|pwd|passphrase|credential|auth(?!or)|bearer|cookie|signature"
              + "|api[-_.]?key|(^|[-_.])(key|keys|pat|sas|dsn|pin|pass)$|[a-z]key$"
              + "|connection[-_.]?string|webhook");

  private static final Pattern HEADER_OPTION = Pattern.compile("-H|--?[hH]eaders?");

  /** Of the system, and in half of all paths and messages. */
  private static final Pattern PUBLIC_VARIABLE =
      Pattern.compile(
          "HOME|USER|LOGNAME|PATH|PWD|SHELL|LANG|LC_\\w+|TZ|TMPDIR|TERM|HOSTNAME|XDG_\\w+");

  private static final Pattern PUBLIC_HEADER =
      Pattern.compile(
          "(?i)accept|accept-.*|content-type|user-agent|cache-control|mcp-protocol-version");

  private static final Pattern NUMBER_OR_SWITCH =
      Pattern.compile("(?i)[-+]?\\d{1,5}(\\.\\d{1,3})?|true|false|yes|no|on|off|none|null");

  private static final Pattern COMMON_WORD =
      Pattern.compile(
          "(?i)auto|default|debug|info|warn|warning|error|trace|verbose|quiet|silent|production|prod"
              + "|development|dev|staging|test|local|localhost|json|text|stdio|http|https|sse"
              + "|utf-?8|c\\.utf-8|en_us\\.utf-8|[0-9.]+(:\\d+)?|localhost:\\d+");

  /** Letters and digits in one go, as no word and no version has them. */
  private static final Pattern RUN = Pattern.compile("[A-Za-z0-9+]{16,}");

  private static final Pattern KNOWN_TOKEN =
      Pattern.compile(
          "(?=.*\\d)(sk|pk|rk|gh[pousr]|github_pat|glpat|xox[a-z]|npm|pypi|hf|ntn|secret|shpat|dop_v1|lin_api)"
              + "[-_][A-Za-z0-9_-]{8,}|ya29\\..+|AIza.{20,}|eyJ[A-Za-z0-9_-]+\\..*");

  private static final Pattern NAMED =
      Pattern.compile("(?s)([A-Za-z_-][A-Za-z0-9_. -]*?)(?:=|: )(.+)");

  private final Set<String> found = new LinkedHashSet<>();

  /** Hides all that was collected. */
  Redaction redaction() {
    return new Redaction(found);
  }

  /** The value of an {@code env} entry. */
  void variable(String name, String value) {
    named(name, value);
  }

  /** The value of a header. */
  void header(String name, String value) {
    if (!PUBLIC_HEADER.matcher(name).matches()) {
      named(name, value);
    }
  }

  /** The value of a variable of the frontend that an entry refers to. */
  void reference(String name, String value) {
    if (!PUBLIC_VARIABLE.matcher(name).matches()) {
      named(name, value);
    }
  }

  /** The content of a file that an entry refers to: nobody puts a word into a file of its own. */
  void file(String content) {
    found.add(content);
    parts("token", content);
  }

  /** The arguments of a command. */
  void arguments(List<String> arguments) {
    var before = "";
    for (var argument : arguments) {
      var named = NAMED.matcher(argument);
      var colon = argument.indexOf(':');
      if (HEADER_OPTION.matcher(before).matches() && colon > 0) {
        header(argument.substring(0, colon).strip(), argument.substring(colon + 1).strip());
      } else if (named.matches() && SECRET_NAME.matcher(named.group(1).strip()).find()) {
        named(named.group(1).strip(), named.group(2));
      } else if (before.startsWith("-") && SECRET_NAME.matcher(before).find()) {
        if (!argument.startsWith("-")) {
          named(before, argument);
        }
      } else if (looksRandom(argument)) {
        found.add(argument);
      }
      before = argument;
      address(argument);
    }
  }

  /**
   * What in an address is for its server alone: user, password, query, tokens among the folders.
   */
  void address(String text) {
    var url = url(text);
    if (url == null) {
      return;
    }
    var user = url.getRawUserInfo();
    if (user != null) {
      found.add(user);
      found.add(decoded(user.substring(user.indexOf(':') + 1)));
    }
    if (url.getRawQuery() != null) {
      for (var parameter : url.getRawQuery().split("&", -1)) {
        var equals = parameter.indexOf('=');
        named(parameter.substring(0, Math.max(equals, 0)), parameter.substring(equals + 1));
        named(
            parameter.substring(0, Math.max(equals, 0)), decoded(parameter.substring(equals + 1)));
      }
    }
    for (var folder : String.valueOf(url.getRawPath()).split("/", -1)) {
      if (looksRandom(folder)) {
        found.add(folder);
      }
    }
  }

  private void named(String name, String value) {
    if (isHarmless(name, value)) {
      return;
    }
    found.add(value);
    parts(name, value);
  }

  /** What is as secret as the whole: the token behind "Bearer", a password, the texts of a JSON. */
  private void parts(String name, String value) {
    var words = value.strip().split("\\s+", 3);
    if (words.length == 2) {
      found.add(words[1]);
      if (words[0].equalsIgnoreCase("Basic")) {
        basic(words[1]);
      }
    }
    address(value);
    if (value.startsWith("{") && RawJson.isJson(value)) {
      leaves(name, JsonMapper.shared().readTree(value));
    }
  }

  private void leaves(String name, JsonNode node) {
    if (node.isString()) {
      header(name, node.stringValue());
    }
    node.properties().forEach(entry -> leaves(entry.getKey(), entry.getValue()));
    if (node.isArray()) {
      node.forEach(element -> leaves(name, element));
    }
  }

  private void basic(String credentials) {
    try {
      var decoded = new String(Base64.getDecoder().decode(credentials), StandardCharsets.UTF_8);
      found.add(decoded);
      found.add(decoded.substring(decoded.indexOf(':') + 1));
    } catch (IllegalArgumentException notBase64) {
      // Then it is hidden as it is.
    }
  }

  private static boolean isHarmless(String name, String value) {
    if (value.length() < Redaction.SHORTEST
        || NUMBER_OR_SWITCH.matcher(value).matches()
        || isPath(value)) {
      return true;
    }
    return !SECRET_NAME.matcher(name).find()
        && (COMMON_WORD.matcher(value).matches() || isPlainAddress(value) || isMediaType(value));
  }

  private static boolean isMediaType(String value) {
    return value.matches("(application|text|image|audio|video|\\*)/[a-z0-9.+*-]+");
  }

  private static boolean isPlainAddress(String value) {
    var url = url(value);
    if (url == null || url.getRawUserInfo() != null || url.getRawQuery() != null) {
      return false;
    }
    for (var folder : String.valueOf(url.getRawPath()).split("/", -1)) {
      if (looksRandom(folder)) {
        return false;
      }
    }
    return true;
  }

  private static @Nullable URI url(String text) {
    if (!text.contains("://")) {
      return null;
    }
    try {
      return new URI(text);
    } catch (URISyntaxException none) {
      return null;
    }
  }

  private static String decoded(String text) {
    try {
      return URLDecoder.decode(text, StandardCharsets.UTF_8);
    } catch (IllegalArgumentException unencoded) {
      return text;
    }
  }

  /** One or more paths of things that are there, as PATH has them. */
  private static boolean isPath(String value) {
    if (!value.contains("/")) {
      return false;
    }
    try {
      for (var path : value.split(":", -1)) {
        if (!path.contains("/") || !Files.exists(Path.of(path))) {
          return false;
        }
      }
      return true;
    } catch (InvalidPathException none) {
      return false;
    }
  }

  private static boolean looksRandom(String value) {
    if (isPath(value)) {
      return false;
    }
    if (KNOWN_TOKEN.matcher(value).matches()) {
      return true;
    }
    return RUN.matcher(value)
        .results()
        .map(run -> run.group().toLowerCase(Locale.ROOT))
        .anyMatch(run ->
            run.chars().filter(Character::isDigit).count() >= 3
                && run.chars().anyMatch(Character::isLetter));
  }
}
