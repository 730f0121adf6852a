package dev.caisson.client.command;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Prints what makes a shell complete the commands of {@code caisson}. */
@Command(
    name = "completion",
    mixinStandardHelpOptions = true,
    description = "Prints a script that makes bash and zsh complete: source <(caisson completion)")
final class CompletionCommand implements Callable<Integer> {

  @Parameters(paramLabel = "COMMAND", description = "Commands that others have.")
  private List<String> others = new ArrayList<>();

  @Spec private CommandSpec spec = CommandSpec.create();

  private final CommandContext context;

  CompletionCommand(CommandContext context) {
    this.context = context;
  }

  @Override
  public Integer call() {
    CommandLine all = spec.parent().commandLine();
    others.stream()
        .filter(other -> !all.getSubcommands().containsKey(other))
        .forEach(other -> all.addSubcommand(other, new CommandLine(CommandSpec.create())));
    context.printer().println(AutoComplete.bash("caisson", all));
    return ExitStatus.OK;
  }
}
