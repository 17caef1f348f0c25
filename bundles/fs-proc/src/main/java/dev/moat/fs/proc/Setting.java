package dev.moat.fs.proc;

/** A content that can be written by root: mode 0644. */
interface Setting extends Content {}
