// The type of a handler's answer, on the other side of the wire: what `JSON.parse` makes of it.

/** What a client reads of what a handler returns, or promises. */
export type UploadResultOf<Result> = unknown extends Result ? unknown : Told<Awaited<Result>>

type Told<Value> = [Value] extends [void]
  ? undefined
  : Value extends Response
    ? unknown
    : AsJson<Value>

/** JSON knows no methods, no `undefined`, and of a `Date` only its text. */
type AsJson<Value> = unknown extends Value
  ? unknown
  : Value extends string | number | boolean | null | undefined
    ? Value
    : Value extends { toJSON(...args: never): infer Json }
      ? AsJson<Json>
      : Value extends Untold
        ? never
        : Value extends readonly unknown[]
          ? { [Index in keyof Value]: AsJsonItem<Value[Index]> }
          : { [Key in keyof Value as Value[Key] extends Untold ? never : Key]: AsJson<Value[Key]> }

/** In an array, what JSON does not know is `null`. */
type AsJsonItem<Value> = Value extends undefined | Untold ? null : AsJson<Value>

type Untold = ((...args: never) => unknown) | symbol | bigint
