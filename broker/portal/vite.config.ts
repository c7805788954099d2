import { defineConfig } from 'vite';
import { app } from '../ui/vite-app.ts';

export default defineConfig(app(import.meta.dirname, '/portal/'));
