package dev.caisson.daemon.model;

import java.util.Arrays;
import java.util.Optional;

/** The images that Caisson makes: how policies call them, and the command that makes them. */
public enum OwnImage {
  /** CPython alone. Every policy that names no other starts from it, so no daemon goes without. */
  BASE("caisson/base:latest", "./caisson setup"),
  /** Libraries for working with data. Made on request, so a daemon may have to do without. */
  DATA("caisson/data:latest", "./caisson image build data");

  private final String name;
  private final String command;

  OwnImage(String name, String command) {
    this.name = name;
    this.command = command;
  }

  /** How policies call it. */
  public String text() {
    return name;
  }

  /** What makes it. */
  public String command() {
    return command;
  }

  /** The one of this name; empty for an image of somebody's own. */
  public static Optional<OwnImage> of(String name) {
    return Arrays.stream(values()).filter(image -> image.name.equals(name)).findFirst();
  }
}
