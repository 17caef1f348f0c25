package dev.moat.api.swap;

/** A stateful object that has something to do around its being carried over. */
public interface Restorable {
    /**
     * Called on the old object at the safe point, before its fields are read: takes registrations
     * with shared services back, or copies what lies elsewhere into fields. Must not fail, and
     * leaves the object usable: if the swap is called off, {@link #restored} is called on it.
     */
    default void saving() {}

    /**
     * Called on the new object when all fields of all objects are set and the sandbox' references
     * lead to it; on the old one if the swap was called off after {@link #saving}. Fills {@link
     * Derived} fields and registers anew. No guest code runs yet.
     */
    void restored();
}
