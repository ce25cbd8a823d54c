/**
 * Tags of VLANs in a frame (IEEE 802.1Q): four bytes between the source and the EtherType.
 *
 * @module
 */

/** EtherType of a tag. */
export const VLAN_TYPE = 0x8100;
/** EtherType of a provider's tag around it (IEEE 802.1ad). */
export const SERVICE_VLAN_TYPE = 0x88a8;
/** Size of a tag in bytes. */
export const VLAN_TAG_SIZE = 4;
/** The VLAN's number in the tag's second half; the rest is priority. */
export const VLAN_ID_MASK = 0x0fff;
