/** Revision 1.1 of {@code tally}: what differs from 1.0. */
@NullMarked
package dev.moat.example.tally;

import org.jspecify.annotations.NullMarked;
