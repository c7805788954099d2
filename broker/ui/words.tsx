/** A sentence of the broker, with what stands in backticks (input from outside) set apart. Never as markup. */
export function Words(props: { readonly text: string }) {
  return props.text.split('`').map((part, index) =>
    index % 2 === 1 ? (
      // biome-ignore lint/suspicious/noArrayIndexKey: the parts of one sentence never change places
      <span key={index} className="lk-quoted">
        {part}
      </span>
    ) : (
      part
    ),
  );
}
