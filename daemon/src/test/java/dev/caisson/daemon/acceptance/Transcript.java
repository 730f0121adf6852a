package dev.caisson.daemon.acceptance;

import com.google.protobuf.ByteString;
import dev.caisson.v1.MimeBundle;
import dev.caisson.v1.RunAccepted;
import dev.caisson.v1.RunFinished;
import dev.caisson.v1.RunOutput;
import dev.caisson.v1.RunResponse;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** All that a daemon said about a run that is over. */
public record Transcript(List<RunResponse> events) {

  public Transcript {
    events = List.copyOf(events);
    for (int i = 0; i < events.size(); i++) {
      if (events.get(i).getSequence() != i + 1) {
        throw new AssertionError("event " + i + " has the number " + events.get(i).getSequence());
      }
    }
    if (events.isEmpty() || !events.getFirst().hasAccepted() || !events.getLast().hasFinished()) {
      throw new AssertionError("a run begins with `accepted` and ends with `finished`: " + events);
    }
  }

  public RunAccepted accepted() {
    return events.getFirst().getAccepted();
  }

  public RunFinished finished() {
    return events.getLast().getFinished();
  }

  public RunFinished.Outcome outcome() {
    return finished().getOutcome();
  }

  public String message() {
    return finished().getMessage();
  }

  public int exitCode() {
    return finished().getExitCode();
  }

  /** Both streams in the order in which they came. */
  public String output() {
    return text(
        events.stream().filter(RunResponse::hasOutput).map(e -> e.getOutput().getData()).toList());
  }

  /** What was shown, each in its forms. */
  public List<MimeBundle> displays() {
    return events.stream()
        .filter(RunResponse::hasDisplay)
        .map(event -> event.getDisplay().getBundle())
        .toList();
  }

  public String stdout() {
    return stream(RunOutput.Stream.STDOUT);
  }

  public String stderr() {
    return stream(RunOutput.Stream.STDERR);
  }

  private String stream(RunOutput.Stream stream) {
    return text(
        events.stream()
            .filter(RunResponse::hasOutput)
            .map(RunResponse::getOutput)
            .filter(output -> output.getStream() == stream)
            .map(RunOutput::getData)
            .toList());
  }

  private static String text(List<ByteString> pieces) {
    return ByteString.copyFrom(pieces).toString(StandardCharsets.UTF_8);
  }

  /** What a failed assertion should show. */
  @Override
  public String toString() {
    String shown = output();
    return finished() + "\noutput: " + (shown.length() > 2000 ? shown.substring(0, 2000) : shown);
  }
}
