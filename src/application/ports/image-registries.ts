/** Registries of container images, as this machine reaches them; nodes may reach others. */
export interface ImageRegistries {
  /** Asks for the manifest's head: no layer is fetched. Never rejects. */
  look(image: string, credentials: RegistryCredentials | null): Promise<ImageLook>;
  /** What time the registry of an image has, to the second; null when it does not say. Never rejects. */
  nowMs(image: string): Promise<number | null>;
}

export type ImageLook =
  | { readonly state: 'there' }
  /** The registry says that it has no such image. */
  | { readonly state: 'missing' }
  /** Not reached, not let in, not understood. */
  | { readonly state: 'unknown'; readonly reason: string };

export interface RegistryCredentials {
  readonly username: string;
  readonly password: string;
}
