/**
 * Tool catalogues as Python sees them: names, signatures, types, documentation, search. Pure
 * functions of the catalogue; whatever a catalogue says, the result is valid Python and carries
 * none of its text outside of string literals.
 */
@NullMarked
package dev.caisson.daemon.tools;

import org.jspecify.annotations.NullMarked;
