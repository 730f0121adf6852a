package dev.caisson.mcp.app;

import java.util.HashSet;

/**
 * Reads the command line in the form in which MCP clients keep it: options by their full names,
 * once each, every value an argument of its own. All else is for picocli to read, and to complain
 * about.
 *
 * <p>It is here for the time to the first answer alone: the classes of picocli are of a version
 * that the JVM's class cache takes no classes of, and are a third of the start.
 */
final class PlainCommandLine {

  private PlainCommandLine() {}

  /** What takes options. */
  interface Options {

    /** Whether it is an option without a value, which is set then. */
    boolean takeFlag(String name);

    /** Whether it is an option with a value, which is set then. */
    boolean take(String name, String value);
  }

  /** Whether all of it was of that form. If not, the options are to be thrown away. */
  static boolean read(String[] arguments, Options options) {
    var seen = new HashSet<String>();
    for (var i = 0; i < arguments.length; i++) {
      var name = arguments[i];
      if (!seen.add(name)) {
        return false;
      }
      if (options.takeFlag(name)) {
        continue;
      }
      i++;
      if (i == arguments.length || !isPlain(arguments[i]) || !options.take(name, arguments[i])) {
        return false;
      }
    }
    return true;
  }

  /** Nothing that may have a meaning of its own. */
  private static boolean isPlain(String value) {
    return !value.isEmpty() && "-@\"'".indexOf(value.charAt(0)) < 0;
  }
}
