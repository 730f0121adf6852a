package dev.caisson.mcp.upstream;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/** A secret that an option of the command line refers to. Everybody can read a command line. */
public final class SecretReference {

  private static final Pattern REFERENCE =
      Pattern.compile("\\$\\{(file:[^}]+|(env:)?[A-Za-z_][A-Za-z0-9_]*)\\}");

  private SecretReference() {}

  /**
   * What a reference leads to: {@code ${file:PATH}}, {@code ${NAME}} or {@code ${env:NAME}}.
   *
   * @param option for problems
   * @param folder from which relative paths begin
   * @param problems to which those found are added; none shows a value
   */
  public static String read(
      String option,
      String reference,
      Path folder,
      Map<String, String> environment,
      List<String> problems) {
    if (!REFERENCE.matcher(reference).matches()) {
      problems.add(
          option
              + " takes no secret but where it is, as ${file:/run/secrets/token} or ${NAME} of the"
              + " environment: everybody on this machine can read a command line");
      return "";
    }
    return new References(option, folder, environment, new Secrets(), problems).resolve(reference);
  }
}
