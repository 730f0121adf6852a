package dev.caisson.client.command;

/** How a command says what it found. Lower case, because people type it. */
enum OutputFormat {
  text,
  json
}
