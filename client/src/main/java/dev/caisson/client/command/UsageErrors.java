package dev.caisson.client.command;

import dev.caisson.client.CaissonException;
import java.util.Optional;
import picocli.CommandLine;
import picocli.CommandLine.IParameterExceptionHandler;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/** Says what is wrong with a command line, and what was probably meant. */
final class UsageErrors implements IParameterExceptionHandler {

  private final CommandContext context;

  UsageErrors(CommandContext context) {
    this.context = context;
  }

  @Override
  public int handleParseException(ParameterException failure, String[] arguments) {
    CommandSpec command = failure.getCommandLine().getCommandSpec();
    String help = "see `%s --help`".formatted(command.qualifiedName());
    if (failure instanceof UnmatchedArgumentException unmatched) {
      String typed = unmatched.getUnmatched().getFirst();
      context.say(unknown(typed, command), nearest(unmatched).orElse(help));
    } else {
      context.say(String.valueOf(failure.getMessage()), help);
    }
    return ExitStatus.USAGE;
  }

  private static String unknown(String typed, CommandSpec command) {
    if (typed.startsWith("-")) {
      return "%s has no option '%s'".formatted(command.qualifiedName(), name(typed));
    }
    return command.subcommands().isEmpty()
        ? "'%s' is one argument too many for %s".formatted(typed, command.qualifiedName())
        : "%s has no command '%s'".formatted(command.qualifiedName(), typed);
  }

  private static Optional<String> nearest(UnmatchedArgumentException unmatched) {
    return unmatched.getSuggestions().stream().findFirst().map("did you mean '%s'?"::formatted);
  }

  private static String name(String typed) {
    int equals = typed.indexOf('=');
    return equals < 0 ? typed : typed.substring(0, equals);
  }

  /** Failures of a command's own making end here too. */
  static int failed(CommandContext context, Exception failure, CommandLine command) {
    if (failure instanceof UsageException usage) {
      context.say(usage.getMessage(), usage.advice());
      return ExitStatus.USAGE;
    }
    if (failure instanceof CaissonException known) {
      context.say(known.getMessage(), known.advice());
      return ExitStatus.FAILED;
    }
    context.say("%s failed: %s".formatted(command.getCommandSpec().qualifiedName(), failure));
    return ExitStatus.FAILED;
  }
}
