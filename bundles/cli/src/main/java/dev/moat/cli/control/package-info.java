/**
 * How commands reach kernel hosts that run already: each has a socket in a directory of its user's.
 *
 * <p>A request is one line of JSON, {@code {"moat":1,"do":"list"}}; the answer is any number of
 * lines with {@code progress} and one with {@code result} or {@code error}. Key types: {@link
 * dev.moat.cli.control.ControlServer}, {@link dev.moat.cli.control.ControlClient}, {@link
 * dev.moat.cli.control.ControlDirectory}. Only the user who owns the kernel host is heard.
 */
@NullMarked
package dev.moat.cli.control;

import org.jspecify.annotations.NullMarked;
