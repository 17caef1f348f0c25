package dev.moat.fs.proc;

import dev.moat.api.task.Credentials;
import dev.moat.api.task.Task;

/**
 * What was written to a file of proc.
 *
 * @param opener of the file, as he was then
 * @param offset in the file where it was written
 */
record Written(Task writer, Credentials opener, String value, long offset) {}
