package dev.moat.ipc.msg;

import dev.moat.abi.IpcConstants;

/**
 * Which message a receiver wants: msgrcv(2).
 *
 * @param maxBytes room for its text
 * @param cut whether a longer one is cut (MSG_NOERROR)
 */
public record Wish(Search search, long number, long maxBytes, boolean cut) {
    /** How {@link #number} is meant. */
    public enum Search {
        ANY,
        EQUAL,
        NOT_EQUAL,
        /** The lowest type up to the number. */
        LOWEST,
        /** The message at this place in the queue. */
        PLACE
    }

    /** Reads the arguments of the call: convert_mode(). */
    public static Wish of(long type, long maxBytes, int flags) {
        boolean cut = (flags & IpcConstants.MSG_NOERROR) != 0;
        if ((flags & IpcConstants.MSG_COPY) != 0) {
            return new Wish(Search.PLACE, type, maxBytes, cut);
        }
        if (type == 0) {
            return new Wish(Search.ANY, 0, maxBytes, cut);
        }
        if (type < 0) {
            long highest = type == Long.MIN_VALUE ? Long.MAX_VALUE : -type;
            return new Wish(Search.LOWEST, highest, maxBytes, cut);
        }
        boolean except = (flags & IpcConstants.MSG_EXCEPT) != 0;
        return new Wish(except ? Search.NOT_EQUAL : Search.EQUAL, type, maxBytes, cut);
    }

    /** Whether a message that has just come is one. */
    boolean matches(Message message) {
        return switch (search) {
            case ANY -> true;
            case EQUAL -> message.type() == number;
            case NOT_EQUAL -> message.type() != number;
            case LOWEST -> message.type() <= number;
            case PLACE -> false;
        };
    }

    boolean isTooLong(Message message) {
        return message.length() > maxBytes && !cut;
    }
}
