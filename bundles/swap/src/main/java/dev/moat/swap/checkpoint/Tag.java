package dev.moat.swap.checkpoint;

/** First byte of an entry of the objects section; docs/checkpoint-format.md has the table. */
final class Tag {
    static final int END = 0;

    /** Defines a class; all other entries are objects, numbered from 1. */
    static final int TYPE = 1;

    static final int OBJECT = 2;
    static final int RECORD = 3;
    static final int ENUM = 4;
    static final int REFERENCES = 5;
    static final int PRIMITIVES = 6;
    static final int LEAF = 7;
    static final int CONTAINER = 8;
    static final int SERVICE = 9;
    static final int FUTURE = 10;
    static final int CONDITION = 11;
    static final int SEGMENT = 12;

    private Tag() {}
}
