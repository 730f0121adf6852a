/**
 * Files that people write, read strictly: every key known, every value with its unit and range, all
 * problems of a file told at once with their lines. Shared by policies and configuration.
 */
@NullMarked
package dev.caisson.daemon.settings;

import org.jspecify.annotations.NullMarked;
