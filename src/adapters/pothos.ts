// titofisto/pothos: the types of titofisto/graphql for a schema that Pothos builds.

import type { ObjectRef, SchemaTypes } from '@pothos/core'
import type { SlotTicket } from '../slots/minting/mint.ts'
import type { FileLink } from './file-link.ts'
import { fileLinkType, uploadSlotType, type GraphqlType } from './graphql-types.ts'

/** The types, for `t.field({ type: UploadSlot, … })`. */
export interface TitofistoTypes<Types extends SchemaTypes> {
  /** Its resolvers give what `kind.create()` gives. */
  readonly UploadSlot: ObjectRef<Types, SlotTicket>
  /** Its resolvers give what `fileLink()` gives. */
  readonly FileLink: ObjectRef<Types, FileLink>
}

/**
 * Adds `UploadSlot` and `FileLink` to a builder, as they are in the SDL.
 * @example
 * const { UploadSlot } = addTitofistoTypes(builder)
 */
export function addTitofistoTypes<Types extends SchemaTypes>(
  builder: PothosSchemaTypes.SchemaBuilder<Types>,
): TitofistoTypes<Types> {
  return {
    UploadSlot: addType<Types, SlotTicket>(builder, uploadSlotType),
    FileLink: addType<Types, FileLink>(builder, fileLinkType),
  }
}

function addType<Types extends SchemaTypes, Value>(
  builder: PothosSchemaTypes.SchemaBuilder<Types>,
  { name, description, fields }: GraphqlType,
): ObjectRef<Types, Value> {
  return builder.objectRef<Value>(name).implement({
    description,
    fields: (t) =>
      Object.fromEntries(
        Object.entries(fields).map(([fieldName, { type, ...options }]) => [
          fieldName,
          // The table names the properties of the value: Pothos can't see that they are there.
          t.expose(
            fieldName as never,
            {
              ...options,
              type: (type === '[String!]' ? ['String'] : type) as never,
            } as never,
          ),
        ]),
      ),
  })
}
