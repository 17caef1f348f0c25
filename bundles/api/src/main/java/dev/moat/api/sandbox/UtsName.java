package dev.moat.api.sandbox;

import org.osgi.annotation.versioning.ProviderType;

/** What uname(2) tells. Guest strings. */
@ProviderType
public interface UtsName {
    /** {@code Linux}. */
    String systemName();

    String nodeName();

    void setNodeName(String name);

    /** Kernel release that programs test, such as {@code 6.12.0-moat}. */
    String release();

    String version();

    String machine();

    String domainName();

    void setDomainName(String name);

    /** The same names for another namespace. */
    UtsName copy();
}
