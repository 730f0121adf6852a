package dev.caisson.daemon.security;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * One row of the corpus, or one variant of it: several tests may bear the same row, which then
 * holds when all of them do.
 */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.METHOD)
public @interface Attack {

  /** The number in the threat model, such as "A6". Numbers never change their meaning. */
  String row();

  /** The attack, for people. */
  String what();

  /** What it must come to. */
  String expected();

  /**
   * What stops it: names in {@code guards.yaml}, which can be taken out; or "gVisor", "set-up: …"
   * and "by design: …" for what is no line of ours.
   */
  String[] guards();
}
