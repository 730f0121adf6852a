package dev.caisson.daemon.model;

/** The names of Linux signals that a crashing interpreter meets. */
final class Signals {

  private Signals() {}

  /** " (SIGSEGV)" and the like, or nothing for a signal without a well-known name. */
  static String nameInBrackets(int signal) {
    return switch (signal) {
      case 1 -> " (SIGHUP)";
      case 2 -> " (SIGINT)";
      case 3 -> " (SIGQUIT)";
      case 4 -> " (SIGILL)";
      case 5 -> " (SIGTRAP)";
      case 6 -> " (SIGABRT)";
      case 7 -> " (SIGBUS)";
      case 8 -> " (SIGFPE)";
      case 9 -> " (SIGKILL)";
      case 11 -> " (SIGSEGV)";
      case 13 -> " (SIGPIPE)";
      case 14 -> " (SIGALRM)";
      case 15 -> " (SIGTERM)";
      case 24 -> " (SIGXCPU)";
      case 25 -> " (SIGXFSZ)";
      case 31 -> " (SIGSYS)";
      default -> "";
    };
  }
}
