@NullMarked
package dev.caisson.client.command;

import org.jspecify.annotations.NullMarked;
