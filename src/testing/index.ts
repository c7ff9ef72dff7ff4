// The face of `titofisto/testing`: what those who write a store of their own hold it to.

export { slotStoreContract } from './slot-store-contract.ts'
export type { SlotStoreCase } from './slot-store-contract.ts'
