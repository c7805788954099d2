import { nameFault, nameKey } from './file-name.ts';
import { MAX_FILES, MAX_FOLDERS } from './firmware-package.ts';

/**
 * The names of one package as they are found: no two of them one file for some file system, none a file and a
 * folder at once, no folder without a file.
 */
export class PackageNames {
  readonly #files = new Set<string>();
  readonly #folders = new Map<string, { readonly name: string; hasFile: boolean }>();

  /** Of which there are more than a package may have, those that names of files tell included; or undefined. */
  excess(): string | undefined {
    if (this.#files.size > MAX_FILES) return `the package has more than ${MAX_FILES} files`;
    return this.#folders.size > MAX_FOLDERS
      ? `the package has more than ${MAX_FOLDERS} folders`
      : undefined;
  }

  /** Why there cannot be a file `name` too, or undefined. */
  claimFile(name: string): string | undefined {
    const fault = nameFault(name);
    if (fault !== undefined) return fault;
    const key = nameKey(name);
    if (this.#files.has(key)) return 'is there twice';
    if (this.#folders.has(key)) return 'is a file and a folder';
    this.#files.add(key);
    return this.#claimParents(name, true);
  }

  claimFolder(name: string): string | undefined {
    return nameFault(name) ?? this.#claim(name, false) ?? this.#claimParents(name, false);
  }

  emptyFolder(): string | undefined {
    return [...this.#folders.values()].find(({ hasFile }) => !hasFile)?.name;
  }

  #claimParents(name: string, hasFile: boolean): string | undefined {
    for (let end = name.lastIndexOf('/'); end > 0; end = name.lastIndexOf('/', end - 1)) {
      const fault = this.#claim(name.slice(0, end), hasFile);
      if (fault !== undefined) return fault;
    }
    return undefined;
  }

  #claim(name: string, hasFile: boolean): string | undefined {
    const key = nameKey(name);
    if (this.#files.has(key)) return 'is below a file, or a file and a folder';
    const known = this.#folders.get(key);
    if (known === undefined) this.#folders.set(key, { name, hasFile });
    else if (known.name !== name) return 'is in a folder that is there in two spellings';
    else known.hasFile ||= hasFile;
    return undefined;
  }
}
