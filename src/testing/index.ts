// The face of `titofisto/testing`: what those who write a storage or a store of their own hold it to.

export { slotStoreContract } from './slot-store-contract.ts'
export { storageContract } from './storage-contract.ts'
export type { SlotStoreCase } from './slot-store-case.ts'
export type { StorageAbility, StorageCase } from './storage-case.ts'
