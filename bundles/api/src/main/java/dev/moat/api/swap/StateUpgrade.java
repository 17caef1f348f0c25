package dev.moat.api.swap;

/** Reads state that an older version of a class has written. */
public interface StateUpgrade {
    /**
     * Gives the record as the class' own version wants it.
     *
     * @throws IncompatibleStateException it cannot be read
     */
    StateRecord upgrade(StateRecord old);

    /** For classes that read their own version only. */
    final class None implements StateUpgrade {
        @Override
        public StateRecord upgrade(StateRecord old) {
            throw new IncompatibleStateException(
                    old.type() + " has no way to read its version " + old.version());
        }
    }
}
