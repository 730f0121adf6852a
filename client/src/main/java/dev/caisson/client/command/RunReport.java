package dev.caisson.client.command;

import dev.caisson.client.CaissonException;
import dev.caisson.client.RunListener;
import dev.caisson.client.RunResult;

/** Tells the person how a run goes and ends. */
sealed interface RunReport extends RunListener permits TextReport, JsonReport, ReplReport {

  void ended(RunResult result);

  /** There is no result. */
  void failed(CaissonException failure);
}
